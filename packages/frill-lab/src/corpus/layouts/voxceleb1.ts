/** VoxCeleb1 (Nagrani, Chung & Zisserman, Interspeech 2017): who of 1,251 celebrities speaks. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BY_SPLIT_COLUMN, clipAt, type DatasetLayout, notThisLayout, readListing } from './layout.js';

const SIDES: Readonly<Record<string, string>> = { '1': 'train', '2': 'validation', '3': 'test' };

export const voxceleb1: DatasetLayout = {
  name: 'voxceleb1',
  title: 'VoxCeleb1, speaker identification',
  obtain:
    'By request from the Visual Geometry Group, Oxford (robots.ox.ac.uk, VoxCeleb): a form gives the password for the dev and test archives of wav files, some 40 GB unpacked; CC BY 4.0, the recordings stay the property of those who made them. Unpack both into one folder, so that it has iden_split.txt and wav/id10001/<video>/00001.wav (or dev/wav and test/wav).',
  tasks: [
    {
      name: 'voxceleb1',
      title: 'Speaker (VoxCeleb1)',
      label: 'speaker',
      speaker: 'speaker',
      sharedSpeakers: true,
      split: BY_SPLIT_COLUMN,
    },
  ],
  async read(root) {
    const listing = await readListing(root, 'iden_split.txt', 'voxceleb1');
    const folders = ['wav', 'dev/wav', 'test/wav', ''].filter((folder) => existsSync(join(root, folder)));
    const missing: string[] = [];
    const clips = listing
      .split('\n')
      .filter((line) => line.trim() !== '')
      .flatMap((line) => {
        const [side, below] = line.trim().split(/\s+/);
        const split = SIDES[side];
        if (split === undefined || below === undefined)
          throw notThisLayout(root, 'voxceleb1', `iden_split.txt has the line '${line}'`);
        const folder = folders.find((candidate) => existsSync(join(root, candidate, below)));
        if (folder === undefined) {
          missing.push(below);
          return [];
        }
        const [speaker = '', video = ''] = below.split('/');
        return [clipAt(root, join(folder, below), { speaker, video, split })];
      });
    return { corpus: { name: 'voxceleb1', clips }, missing, notes: [] };
  },
};
