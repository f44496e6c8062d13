/** A corpus' clips as CSV, in the columns that training reads. */
import { writeWhole } from '../../run/whole-file.js';
import { csv } from '../../text/csv.js';
import type { CorpusClip } from './assemble.js';

const COLUMNS = [
  'path',
  'source',
  'licence',
  'speaker',
  'language',
  'label',
  'sex',
  'age',
  'seconds',
  'kind',
  'terms',
  'split',
] as const;

/** Paths are relative to the manifest's folder, which is the corpus'. */
export async function writeManifest(path: string, clips: readonly CorpusClip[]): Promise<void> {
  const rows = clips.map((clip) =>
    COLUMNS.map((column) => (column === 'seconds' ? clip.seconds.toFixed(3) : clip[column])),
  );
  await writeWhole(path, csv(COLUMNS, rows));
}
