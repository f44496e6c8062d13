/** ESC-50 (Piczak, ACM MM 2015): 50 environmental sounds in 5 folds; ten of them are human sounds. Reads ESC-10 as well. */
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { withAnyExtension } from '../audio-files.js';
import { clipAt, type DatasetLayout, notThisLayout, readListing } from './layout.js';

const rows = z.array(z.object({ filename: z.string(), fold: z.string(), category: z.string() }));

/** The classes of the human-sounds task of the FRILL paper. */
export const HUMAN_SOUND_CLASSES = [
  'crying_baby',
  'sneezing',
  'clapping',
  'breathing',
  'coughing',
  'footsteps',
  'laughing',
  'brushing_teeth',
  'snoring',
  'drinking_sipping',
];

export const esc50: DatasetLayout = {
  name: 'esc50',
  title: 'ESC-50, environmental and human sounds',
  obtain:
    'From github.com/karolpiczak/ESC-50 (0.6 GB): meta/esc50.csv and audio/; CC BY-NC 3.0, its subset ESC-10 CC BY 3.0.',
  tasks: [
    {
      name: 'esc50-human',
      title: 'Human sound (ESC-50)',
      label: 'category',
      where: { category: HUMAN_SOUND_CLASSES },
      split: { by: 'folds', column: 'fold' },
    },
    {
      name: 'esc50',
      title: 'Environmental sound (ESC-50)',
      label: 'category',
      split: { by: 'folds', column: 'fold' },
    },
  ],
  async read(root) {
    const text = await readListing(root, 'meta/esc50.csv', 'esc50');
    const parsed = rows.safeParse(
      parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true }),
    );
    if (!parsed.success)
      throw notThisLayout(root, 'esc50', 'meta/esc50.csv lacks the columns filename, fold and category');
    const missing: string[] = [];
    const clips = parsed.data.flatMap(({ filename, fold, category }) => {
      // Copies keep the listing's .wav names while the audio is FLAC or Ogg.
      const below = withAnyExtension(root, `audio/${filename}`);
      if (below === undefined) {
        missing.push(`audio/${filename}`);
        return [];
      }
      return [clipAt(root, below, { category, fold })];
    });
    return { corpus: { name: 'esc50', clips }, missing, notes: [] };
  },
};
