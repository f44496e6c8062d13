/** Mask Augsburg Speech Corpus, as in the ComParE 2020 Mask Sub-Challenge (Schuller et al., Interspeech 2020). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { BY_SPLIT_COLUMN, clipAt, type DatasetLayout, notThisLayout, readListing } from './layout.js';

const rows = z.array(z.object({ file_name: z.string(), label: z.string() }));
const SIDES: Readonly<Record<string, string>> = { train: 'train', devel: 'validation', test: 'test' };

export const masc: DatasetLayout = {
  name: 'masc',
  title: 'MASC (ComParE 2020 Mask), mask or clear',
  obtain:
    'From the organisers of ComParE 2020 (compare.openaudio.eu) under an end-user licence: 36,554 clips of 1 s, 1.2 GB. The folder has wav/train_00001.wav and lab/labels.csv; test labels are "?" unless you were given them.',
  tasks: [{ name: 'masc', title: 'Mask (MASC)', label: 'label', split: BY_SPLIT_COLUMN, metric: 'uar' }],
  async read(root) {
    const text = await readListing(root, 'lab/labels.csv', 'masc');
    const parsed = rows.safeParse(
      parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true }),
    );
    if (!parsed.success)
      throw notThisLayout(root, 'masc', 'lab/labels.csv lacks the columns file_name and label');
    const missing: string[] = [];
    let unlabelled = 0;
    const clips = parsed.data.flatMap(({ file_name, label }) => {
      const below = `wav/${file_name}`;
      if (!existsSync(join(root, below))) {
        missing.push(below);
        return [];
      }
      if (label === '?') unlabelled++;
      const split = SIDES[file_name.split('_')[0]] ?? '';
      return [clipAt(root, below, { label: label === '?' ? '' : label, split })];
    });
    const notes = unlabelled > 0 ? [`${unlabelled} clips have no label ("?")`] : [];
    return { corpus: { name: 'masc', clips }, missing, notes };
  },
};
