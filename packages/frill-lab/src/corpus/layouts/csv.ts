/** A folder with a metadata.csv: a `path` column, all others labels; the format of manifests. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../manifest.js';
import { type DatasetLayout, notThisLayout } from './layout.js';

export const csv: DatasetLayout = {
  name: 'csv',
  title: 'A folder with metadata.csv',
  obtain: 'Your own: metadata.csv with a column path (relative to the folder) and a column for each label.',
  tasks: [],
  async read(root) {
    const path = join(root, 'metadata.csv');
    if (!existsSync(path)) throw notThisLayout(root, 'csv', 'metadata.csv is not there');
    const { corpus, problems } = await readManifest(path, { name: 'csv' });
    return {
      corpus,
      missing: problems.filter(({ reason }) => reason.includes('not exist')).map((problem) => problem.path),
      notes: problems
        .filter(({ reason }) => !reason.includes('not exist'))
        .map(({ line, path: below, reason }) => `line ${line}: ${below}: ${reason}`),
    };
  },
};
