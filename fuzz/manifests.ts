/** What says which clips there are: CSV manifests and JSON tasks files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../packages/frill-lab/src/corpus/manifest.js';
import { loadTasks } from '../packages/frill-lab/src/corpus/tasks.js';
import type { FuzzGroup } from './group.js';

const CLIPS = Array.from({ length: 24 }, (_, i) => `clips/${i}.wav`);
const MANIFEST = `path,label,speaker,split\n${CLIPS.map(
  (path, i) =>
    `${path},${i % 2 ? 'yes' : '"no, ""really"""'},s${i % 6},${['train', 'validation', 'test'][i % 3]}`,
).join('\n')}\n`;
const PARTS = `path,start,seconds,label\n${CLIPS.map((path, i) => `${path},${i / 2},0.5,mür`).join('\r\n')}\r\n`;
const TASKS = JSON.stringify({
  corpora: { mine: { manifest: 'manifest.csv', where: { label: '!maybe' } } },
  tasks: [
    {
      name: 'columns',
      corpus: 'mine',
      label: 'label',
      speaker: 'speaker',
      sharedSpeakers: true,
      split: { by: 'column', column: 'split' },
    },
    {
      name: 'groups',
      corpus: 'mine',
      label: 'label',
      split: { by: 'group-folds', group: 'speaker', folds: 3 },
    },
  ],
});

export const group: FuzzGroup = {
  async seeds() {
    const text = (content: string) => new TextEncoder().encode(content);
    return [
      { name: 'manifest.csv', bytes: text(MANIFEST) },
      { name: 'parts.csv', bytes: text(PARTS) },
      { name: 'wide.csv', bytes: new Uint8Array(Buffer.from(`\ufeff${MANIFEST}`, 'utf16le')) },
      { name: 'tasks.json', bytes: text(TASKS) },
    ];
  },

  async read({ name, bytes }) {
    const folder = await mkdtemp(join(tmpdir(), 'frill-fuzz-'));
    try {
      const isTasks = name.startsWith('tasks.json');
      const path = join(folder, isTasks ? 'tasks.json' : 'input.csv');
      await writeFile(path, bytes);
      if (!isTasks) await readManifest(path);
      else {
        await writeFile(join(folder, 'manifest.csv'), MANIFEST);
        await loadTasks(path, { strict: false });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
