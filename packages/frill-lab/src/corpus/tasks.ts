/** The corpora and tasks of a tasks file, read, split and checked: what distillation learns from and NOSS scores on. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError } from 'frill-audio';
import type { Clip, Corpus } from './corpus.js';
import { matches, readManifest } from './manifest.js';
import { type Splitting, splitClips } from './splits.js';
import { type CorpusDeclaration, readTasksFile, type TaskDeclaration } from './tasks-file.js';

/** A classification task; the folds of `splitting` are positions in `clips`. */
export interface Task {
  readonly name: string;
  readonly title: string;
  readonly declaration: TaskDeclaration;
  /** Clips that pass the task's `where`; their class is `labels[declaration.label]`. */
  readonly clips: readonly Clip[];
  readonly splitting: Splitting;
}

export interface Tasks {
  readonly corpora: readonly Corpus[];
  readonly tasks: readonly Task[];
  /** Unlabelled speech to distil on, of all corpora that offer theirs. */
  readonly distillation: readonly Clip[];
  /** What was skipped or left out, one line each; worth showing. */
  readonly warnings: readonly string[];
}

/**
 * Reads a tasks file and everything it names. Clip ids start with their corpus' name, so they are unique in the file.
 * Throws InputError when a manifest, column or split is wrong; with `strict` also for what is otherwise a warning.
 */
export async function loadTasks(path: string, { strict = false } = {}): Promise<Tasks> {
  const file = await readTasksFile(path);
  const warnings: string[] = [];
  const corpora = new Map<string, Corpus>();
  for (const [name, declaration] of Object.entries(file.corpora)) {
    const needed = file.tasks.filter((task) => task.corpus === name).flatMap(columnsOf);
    corpora.set(name, await loadCorpus(dirname(path), name, declaration, needed, strict, warnings));
  }
  const tasks = file.tasks.map((declaration) => {
    const all = corpora.get(declaration.corpus)?.clips ?? [];
    const clips = all.filter((clip) => matches(clip.labels, declaration.where));
    const where = `${path}, task '${declaration.name}'`;
    const splitting = splitClips(clips, declaration.split, { ...declaration, strict, where });
    warnings.push(...splitting.warnings.map((warning) => `task ${declaration.name}: ${warning}`));
    return {
      name: declaration.name,
      title: declaration.title ?? declaration.name,
      declaration,
      clips,
      splitting,
    };
  });
  const tested = new Set(
    tasks.flatMap(({ clips, splitting }) =>
      splitting.folds.flatMap((fold) => fold.test.map((index) => clips[index].id)),
    ),
  );
  const distillation = [...corpora].flatMap(([name, { clips }]) => {
    const wish = file.corpora[name].distil;
    return wish === true ? clips : wish === false ? [] : clips.filter(({ id }) => !tested.has(id));
  });
  return { corpora: [...corpora.values()], tasks, distillation, warnings };
}

/** What the tasks test on and what may not be learned from. */
export function withheldClips({ tasks, distillation }: Tasks): Clip[] {
  const offered = new Set(distillation.map(({ id }) => id));
  const tested = tasks.flatMap(({ clips, splitting }) =>
    splitting.folds.flatMap((fold) => fold.test.map((index) => clips[index])),
  );
  return tested.filter(({ id }) => !offered.has(id));
}

/** The same for who judges by the tasks: throws InputError where there are none. */
export async function loadTasksToJudgeBy(path: string, options: { strict?: boolean } = {}): Promise<Tasks> {
  const loaded = await loadTasks(path, options);
  if (loaded.tasks.length > 0) return loaded;
  throw new InputError({
    what: 'it names no task',
    where: path,
    remedy: 'Add a task with "name", "corpus", "label" and "split" to its "tasks"',
  });
}

async function loadCorpus(
  base: string,
  name: string,
  declaration: CorpusDeclaration,
  needed: readonly string[],
  strict: boolean,
  warnings: string[],
): Promise<Corpus> {
  const manifest = resolve(base, declaration.manifest);
  if (declaration.obtain !== undefined && !existsSync(manifest))
    throw new InputError({
      what: `the corpus '${name}' is not on this machine`,
      where: manifest,
      remedy: declaration.obtain,
    });
  const { corpus, columns, problems } = await readManifest(manifest, {
    name,
    path: declaration.path,
    where: declaration.where,
    strict,
    ...(declaration.audio === undefined ? {} : { audio: resolve(base, declaration.audio) }),
  });
  const unknown = needed.find((column) => !columns.includes(column));
  if (unknown !== undefined)
    throw new InputError({
      what: `a task uses column '${unknown}', which is not there`,
      where: manifest,
      remedy: `The columns are ${columns.join(', ')}`,
    });
  warnings.push(
    ...problems.map(({ line, path, reason }) => `${manifest}, line ${line}: ${path} skipped: ${reason}`),
  );
  if (corpus.clips.length === 0)
    throw new InputError({
      what: 'no usable clips',
      where: manifest,
      remedy: problems[0]
        ? `The first of ${problems.length} problems: line ${problems[0].line}, ${problems[0].reason}`
        : Object.keys(declaration.where).length > 0
          ? 'Check "where" in the tasks file'
          : 'It has no rows below its header',
    });
  return { name, clips: corpus.clips.map((clip) => ({ ...clip, id: `${name}/${clip.id}` })) };
}

/** Columns that a task cannot do without. */
function columnsOf(task: TaskDeclaration): string[] {
  const split = 'group' in task.split ? task.split.group : task.split.column;
  return [
    task.label,
    split,
    ...(task.speaker === undefined ? [] : [task.speaker]),
    ...Object.keys(task.where),
  ];
}
