/** Tables of embeddings and of weights: .npy, Parquet, CSV, TFRecord, safetensors. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EMBEDDING_FILES, writeEmbeddings } from '../packages/frill-lab/src/embeddings/embedding-file.js';
import { openPrecomputed } from '../packages/frill-lab/src/embeddings/precomputed.js';
import { decodeSafetensors, saveSafetensors } from '../packages/frill-lab/src/tensor/safetensors.js';
import type { FuzzGroup, Seed } from './group.js';

const TABLES = fileURLToPath(new URL('../testing/tables/', import.meta.url));

export const group: FuzzGroup = {
  async seeds() {
    const folder = await mkdtemp(join(tmpdir(), 'frill-fuzz-'));
    const seeds: Seed[] = [];
    for (const extension of EMBEDDING_FILES) {
      const path = join(folder, `made${extension}`);
      await writeEmbeddings(path, 4, rows());
      seeds.push({ name: `made${extension}`, bytes: await readFile(path) });
    }
    const path = join(folder, 'weights.safetensors');
    await saveSafetensors(path, {
      tensors: new Map([['weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]),
      metadata: { made: 'here' },
    });
    seeds.push({ name: 'weights.safetensors', bytes: await readFile(path) });
    for (const name of readdirSync(TABLES).filter((file) => file.endsWith('.parquet')))
      seeds.push({ name, bytes: readFileSync(join(TABLES, name)) });
    await rm(folder, { recursive: true });
    return seeds;
  },

  async read({ name, bytes }) {
    const extension = /^[^(]*\.(\w+)/.exec(name)?.[1] ?? '';
    if (extension === 'safetensors') {
      decodeSafetensors(bytes);
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), 'frill-fuzz-'));
    try {
      const path = join(folder, `input.${extension}`);
      await writeFile(path, bytes);
      if (extension === 'npy') await writeFile(join(folder, 'input.rows.csv'), NAMES);
      await openPrecomputed(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const ROWS = 20;
const NAMES = `clip,time\n${Array.from({ length: ROWS }, (_, row) => `${row}.wav,0.5\n`).join('')}`;

async function* rows() {
  for (let row = 0; row < ROWS; row++)
    yield { clip: `${row}.wav`, time: 0.5, embedding: Float32Array.of(row, row / 2, -row, 1) };
}
