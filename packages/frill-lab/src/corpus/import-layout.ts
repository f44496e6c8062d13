/** Writes what a dataset reader found as a manifest and a tasks file, so that everything else needs to know neither. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Progress, silent } from '../run/progress.js';
import { writeWhole } from '../run/whole-file.js';
import { csvField } from '../text/csv.js';
import { type Lengths, measureLengths } from './clip-seconds.js';
import type { Clip } from './corpus.js';
import type { DatasetLayout, Found } from './layouts/layout.js';
import { matches } from './manifest.js';

export interface Imported {
  readonly manifest: string;
  /** Path of the tasks file; undefined where the layout has no task. */
  readonly tasksFile: string | undefined;
  readonly clips: number;
  readonly lengths: Lengths;
  /** Number of speakers; undefined where the layout knows none. */
  readonly speakers: number | undefined;
  /** Label column and clips of each class, by task. */
  readonly classes: Readonly<Record<string, ClassCounts>>;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

export interface ClassCounts {
  readonly label: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface ImportOptions {
  /** Folder for audio taken out of container files. */
  readonly extractTo?: string | undefined;
  readonly progress?: Progress | undefined;
}

/** Reads `root` and writes `manifest` (and beside it `<name>.tasks.json`); paths are relative to the manifest. */
export async function importLayout(
  layout: DatasetLayout,
  root: string,
  manifest: string,
  { extractTo, progress = silent }: ImportOptions = {},
): Promise<Imported> {
  const found = await layout.read(root, extractTo === undefined ? {} : { extractTo });
  await writeWhole(manifest, manifestOf(found.corpus.clips, dirname(manifest)));
  const tasks = tasksFor(layout, found);
  const tasksFile =
    tasks.length > 0 ? join(dirname(manifest), `${basename(manifest, '.csv')}.tasks.json`) : undefined;
  if (tasksFile !== undefined) {
    const corpora = { [layout.name]: { manifest: basename(manifest) } };
    await writeWhole(tasksFile, `${JSON.stringify({ corpora, tasks }, null, 2)}\n`);
  }
  return {
    manifest,
    tasksFile,
    clips: found.corpus.clips.length,
    lengths: await measureLengths(found.corpus.clips, progress),
    speakers: Object.keys(countValues(found.corpus.clips, 'speaker')).length || undefined,
    classes: Object.fromEntries(
      tasks.map(({ name, label, where = {} }) => [
        name,
        {
          label,
          counts: countValues(
            found.corpus.clips.filter(({ labels }) => matches(labels, where)),
            label,
          ),
        },
      ]),
    ),
    missing: found.missing,
    notes: found.notes,
  };
}

/** Tasks of the layout that have at least two of their classes here. */
function tasksFor(layout: DatasetLayout, { corpus }: Found) {
  return layout.tasks
    .filter(({ label, where = {} }) => {
      const labelled = corpus.clips.filter(({ labels }) => matches(labels, where) && labels[label]);
      return new Set(labelled.map(({ labels }) => labels[label])).size >= 2;
    })
    .map((task) => ({ ...task, corpus: layout.name }));
}

/** Clips of each value of a column, by name; clips without one do not count. */
function countValues(clips: readonly Clip[], column: string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { labels } of clips) {
    const value = labels[column] ?? '';
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function manifestOf(clips: readonly Clip[], folder: string): string {
  const columns = [...new Set(clips.flatMap(({ labels }) => Object.keys(labels)))];
  const hasSpans = clips.some(({ span }) => span !== undefined);
  const head = ['path', ...(hasSpans ? ['start', 'seconds'] : []), ...columns];
  const rows = clips.map(({ path, span, labels }) => [
    relative(resolve(folder), resolve(path)).replaceAll('\\', '/'),
    ...(hasSpans ? [String(span?.start ?? ''), String(span?.seconds ?? '')] : []),
    ...columns.map((column) => labels[column] ?? ''),
  ]);
  return `${[head, ...rows].map((row) => row.map(csvField).join(',')).join('\n')}\n`;
}
