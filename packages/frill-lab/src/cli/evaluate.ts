/** `frill evaluate`: how much embeddings know, by simple probes on your tasks; and whether one knows more than another. */
import { basename, join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { loadTasksToJudgeBy, type Tasks } from '../corpus/tasks.js';
import { engineLine } from '../models/representation-threads.js';
import { compare } from '../noss/compare.js';
import { CONDITION_FORMS, openConditions } from '../noss/conditions/index.js';
import { splitsToCsv, toCsv } from '../noss/csv-tables.js';
import { checkConditions, evaluateRepresentation, tasksIdentity } from '../noss/evaluation.js';
import { toHtml } from '../noss/page.js';
import {
  type Evaluation,
  earlierResults,
  RESULTS_FILE,
  type RepresentationResult,
  readEvaluation,
  writeEvaluation,
} from '../noss/results-file.js';
import { MORE_TABLES, toMarkdown } from '../noss/table.js';
import { lockFolder } from '../run/lock.js';
import { writeWhole } from '../run/whole-file.js';
import { dealEvaluations } from '../study/machines/deal-evaluations.js';
import { dealingOptions } from '../study/machines/dealing-options.js';
import { percent } from '../text/format.js';
import { defineCommand, UsageError } from './command.js';
import type { Console } from './console.js';
import { deviceForValues, engineForValues } from './engine-option.js';
import { openEvaluated, parseModelArguments } from './evaluated-model.js';

const options = z.object({
  tasks: z.array(z.string()).default([]).describe('Tasks files. The tasks of all files make one table.'),
  model: z
    .array(z.string())
    .default(['log-mel-statistics'])
    .describe(
      'What to evaluate: released models by name, models (.tflite, .onnx), folders that `frill teacher` wrote, files of embeddings (.npy, .parquet, .csv, .tfrecord) or baselines (log-mel-statistics, mfcc-statistics). NAME=MODEL sets the name in the table. MODEL:OUTPUT chooses an output.',
    ),
  out: z
    .string()
    .default('evaluation')
    .describe('Folder for the results. Models that were evaluated there before stay in its table.'),
  cache: z
    .string()
    .default('.cache/evaluation')
    .describe('Folder for embeddings and decoded clips. Runs share it.'),
  hop: z
    .int()
    .positive()
    .optional()
    .describe(
      'Frames of 10 ms between the starts of two windows. More is faster. By default as the model says, for FRILL 17.',
    ),
  threads: z
    .int()
    .positive()
    .optional()
    .describe(
      'Threads that embed clips in parallel. The embeddings do not depend on it. By default one per CPU core.',
    ),
  engine: engineForValues,
  device: deviceForValues,
  effort: z
    .enum(['full', 'quick'])
    .default('full')
    .describe(
      'full: five classifiers, 20 candidates per task. quick: two classifiers without z-scoring, 4 candidates.',
    ),
  solver: z
    .enum(['converged', 'published'])
    .default('converged')
    .describe(
      'How long logistic regression trains. converged: to its optimum. published: for 100 iterations, as in the published protocol.',
    ),
  pooling: z
    .enum(['mean', 'mean+deviation'])
    .default('mean')
    .describe('How the windows of a clip become one vector: their mean, or mean and standard deviation.'),
  fewShot: z
    .array(z.coerce.number().int().positive())
    .default([])
    .describe('Add few-shot curves with these numbers of examples per class, for example 1 5 10 50.'),
  conditions: z
    .array(z.string())
    .default([])
    .describe(
      `Also score the test clips after these changes: ${CONDITION_FORMS.join(', ')}. Separate them by commas or spaces, for example noise-10,reverb,opus-16k.`,
    ),
  noise: z
    .array(z.string())
    .default([])
    .describe(
      'Sounds for the noise conditions: folders, MANIFEST.csv, or MANIFEST.csv:COLUMN=VALUE. No model should have been trained on them.',
    ),
  heads: z
    .boolean()
    .default(false)
    .describe(
      'Also measure the classifier heads of the device package: rejection of unknown classes, and speaker verification.',
    ),
  show: z
    .array(z.enum(MORE_TABLES))
    .default([])
    .describe(
      `Print more tables: ${MORE_TABLES.join(', ')}. Choose between models by validation. best-on-test is the best test score of all candidates, as published tables report it.`,
    ),
  seed: z.string().default('0').describe('Random seed of inner splits, forests and bootstrap.'),
  ...dealingOptions,
  strict: z
    .boolean()
    .default(false)
    .describe('Stop at anything that would otherwise be left out with a warning.'),
  compare: z
    .array(z.string())
    .optional()
    .describe(
      'Compare two results instead of evaluating. Each is a name in --out, a FOLDER, or FOLDER:NAME.',
    ),
});

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'Score models by simple classifiers on your tasks, or compare two results',
  options,
  groups: {
    'What is evaluated': ['tasks', 'model', 'compare'],
    'Where results go': ['out', 'cache'],
    'How clips become vectors': ['hop', 'pooling', 'engine', 'device', 'threads'],
    'Many machines': ['queue', 'serveOn', 'share'],
    Protocol: ['effort', 'solver', 'seed', 'strict'],
    'Further scores': ['fewShot', 'conditions', 'noise', 'heads', 'show'],
  },
  example: 'frill evaluate --tasks corpus/tasks.json --model log-mel-statistics tiny.tflite',
  run: (chosen, console) =>
    chosen.compare === undefined
      ? evaluateAll(chosen, console)
      : compareTwo(chosen.compare, chosen.out, console),
});

async function evaluateAll(chosen: z.infer<typeof options>, console: Console): Promise<Evaluation> {
  if (chosen.tasks.length === 0)
    throw new UsageError({
      what: 'no tasks file was given',
      where: '--tasks',
      remedy: 'For example: --tasks examples/real-audio/tasks.json',
    });
  if (chosen.queue !== undefined && chosen.noise.length > 0)
    throw new UsageError({
      what: 'sounds for the noise conditions are not dealt out to other machines',
      where: '--noise',
      remedy: 'Leave --queue out, or evaluate under these conditions in a run of its own',
    });
  const tasks = await loadAll(chosen.tasks, chosen.strict);
  for (const warning of tasks.warnings) console.progress.say(warning);
  const { effort, solver, pooling, fewShot, seed } = chosen;
  const conditions = await openConditions(
    chosen.conditions.flatMap((names) => names.split(',')).map((name) => name.trim()),
    { noise: chosen.noise },
  );
  const models = parseModelArguments(chosen.model);
  const { hop: hopFrames, threads, engine, device } = chosen;
  // All at once: what cannot be judged is refused before hours are spent on the others.
  const opened: Awaited<ReturnType<typeof openEvaluated>>[] = [];
  for (const model of models) opened.push(await openEvaluated(model, { hopFrames, threads, engine, device }));
  for (const model of opened) checkConditions(model, conditions);
  const protocol = { effort, solver, pooling, fewShot, seed };
  const settings = {
    ...protocol,
    conditions,
    heads: chosen.heads,
    strict: chosen.strict,
    cache: join(chosen.cache, 'embeddings'),
    audioCache: join(chosen.cache, 'audio'),
    progress: console.progress,
    signal: console.signal,
  };
  const evaluation = {
    format: 2,
    protocol: {
      ...protocol,
      ...(chosen.heads ? { heads: true } : {}),
      ...(conditions.length === 0 ? {} : { conditions: conditions.map(({ identity }) => identity) }),
      hop: hopFrames,
      tasks: chosen.tasks.map((file) => basename(file)),
      content: await tasksIdentity(tasks.tasks),
    },
    warnings: tasks.warnings,
  } as const;
  const release = await lockFolder(chosen.out);
  try {
    const earlier = await earlierResults(chosen.out, evaluation.protocol);
    await writeWhole(join(chosen.out, 'splits.csv'), splitsToCsv(tasks.tasks));
    const done: RepresentationResult[] = [];
    /** With what was there before, so that neither a stop nor other models lose it. */
    const all = (): Evaluation => ({
      ...evaluation,
      representations: [...done, ...earlier.filter((old) => done.every(({ name }) => name !== old.name))],
    });
    const foundOf = ({ name, identity }: (typeof opened)[number]) =>
      earlier.find((result) => result.name === name && result.identity === identity);
    const keep = async (result: RepresentationResult) => {
      done.push(result);
      await writeAll(all());
    };
    const { queue } = chosen;
    if (queue !== undefined)
      await onMachines(
        queue,
        opened.filter((model) => !foundOf(model)),
        keep,
      );
    for (const model of opened) {
      const { name } = model;
      if (done.some((result) => result.name === name)) continue;
      const found = foundOf(model);
      if (found) console.progress.say(`${name}: evaluated before, its result is kept`);
      await keep(found ?? (await evaluateModel(model)));
    }
    const places = opened.map(({ name }) => name);
    done.sort((a, b) => places.indexOf(a.name) - places.indexOf(b.name));
    await writeAll(all());
    console.print(`Written to ${chosen.out}: ${RESULTS_FILE}, table.md, table.csv, report.html, splits.csv`);
    console.print('');
    console.print(toMarkdown(all(), chosen.show));
    return all();
  } finally {
    await release();
  }

  async function writeAll(whole: Evaluation): Promise<void> {
    await writeEvaluation(chosen.out, whole);
    await writeWhole(join(chosen.out, 'table.md'), `${toMarkdown(whole, chosen.show)}\n`);
    await writeWhole(join(chosen.out, 'table.csv'), toCsv(whole));
    await writeWhole(join(chosen.out, 'report.html'), toHtml(whole));
  }

  /** Models that are embeddings already need no other machine. */
  async function onMachines(
    queue: string,
    wanted: readonly (typeof opened)[number][],
    onResult: (result: RepresentationResult) => Promise<void>,
  ): Promise<void> {
    const dealt = models.flatMap((argument) => {
      const model = wanted.find(({ name }) => name === argument.name);
      return model && 'embed' in model ? [{ argument, opened: model }] : [];
    });
    if (dealt.length === 0) return;
    const { serveOn, share, heads, strict } = chosen;
    await dealEvaluations(dealt, {
      ...{ run: chosen.out, queue, serveOn, share, tasks, threads, onResult },
      opening: { hopFrames, engine, device },
      protocol: { ...protocol, heads, strict },
      conditions: conditions.map(({ name }) => name),
      progress: console.progress,
      signal: console.signal,
    });
    for (const { opened: model } of dealt) model.close();
  }

  async function evaluateModel(model: (typeof opened)[number]): Promise<RepresentationResult> {
    const line = 'embed' in model && engineLine(model);
    if (line) console.progress.say(line);
    try {
      return await evaluateRepresentation(model, tasks, settings);
    } finally {
      if ('close' in model) model.close();
    }
  }
}

/** The tasks of several files, whose corpora must have different names: a clip's name starts with its corpus'. */
async function loadAll(
  files: readonly string[],
  strict: boolean,
): Promise<Pick<Tasks, 'tasks' | 'warnings'>> {
  const loaded: Tasks[] = [];
  for (const file of files) loaded.push(await loadTasksToJudgeBy(file, { strict }));
  refuseTwins(
    'corpora',
    loaded.flatMap(({ corpora }) => corpora),
  );
  const tasks = loaded.flatMap((one) => one.tasks);
  refuseTwins('tasks', tasks);
  return { tasks, warnings: loaded.flatMap(({ warnings }) => warnings) };
}

function refuseTwins(what: string, named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name);
  const twin = names.find((name, place) => names.indexOf(name) < place);
  if (twin !== undefined)
    throw new UsageError({
      what: `two ${what} are called '${twin}'`,
      where: '--tasks',
      remedy: 'Rename one in its tasks file',
    });
}

async function compareTwo(names: readonly string[], folder: string, console: Console) {
  if (names.length !== 2)
    throw new UsageError({ what: `give two results, not ${names.length}`, where: '--compare' });
  const [a, b] = [await findResult(names[0], folder), await findResult(names[1], folder)];
  const comparisons = compare(a, b);
  console.print(`| % | ${a.name} | ${b.name} | difference | 95 % | p | |`);
  console.print('|---|--:|--:|--:|--:|--:|---|');
  for (const { title, a: first, b: second, difference, interval, p, verdict } of comparisons) {
    const said = verdict.replace('a is', `${a.name} is`).replace('b is', `${b.name} is`);
    console.print(
      `| ${title} | ${percent(first)} | ${percent(second)} | ${percent(difference)} | ${interval ? `[${interval.map(percent).join(', ')}]` : ''} | ${interval ? p.toPrecision(2) : ''} | ${said} |`,
    );
  }
  console.print('');
  console.print(
    'Paired bootstrap on the test clips that both share. p is two-sided and corrected for the number of tasks (Holm).',
  );
  return comparisons;
}

/** A result by its name in the folder, by another folder with a single result, or by `FOLDER:NAME`. */
async function findResult(spec: string, folder: string): Promise<RepresentationResult> {
  const own = await readEvaluation(folder).catch(() => undefined);
  const named = own?.representations.find(({ name }) => name === spec);
  if (named) return named;
  const separator = spec.lastIndexOf(':');
  const [other, name] =
    separator < 0 ? [spec, undefined] : [spec.slice(0, separator), spec.slice(separator + 1)];
  const { representations } = await readEvaluation(other);
  const found = representations.filter((result) => name === undefined || result.name === name);
  if (found.length === 1) return found[0];
  throw new InputError({
    what: `${found.length === 0 ? 'no result' : 'several results'} there${name === undefined ? '' : ` named '${name}'`}`,
    where: other,
    remedy: `Write FOLDER:NAME with one of: ${representations.map((result) => result.name).join(', ')}`,
  });
}
