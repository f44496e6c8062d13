import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Embedder, FRILL_FRONTEND, loadEmbedder, loadFrontend } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wavFile } from '../../../../testing/wav.js';
import { writeFeatures } from '../corpus/feature-file.js';
import { exportStudent } from '../export/export-student.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { silent } from '../run/progress.js';
import { readNpy } from '../tensor/npy.js';
import { type EmbedFilesOptions, embedFiles } from './embed-files.js';
import { readEmbeddings } from './read-embeddings.js';

const CONFIG = parseStudentName('tiny-0.5-gap', { bottleneck: 16 });

let folder: string;
let embedder: Embedder;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-embed-'));
  const weights = initialise(buildStudent(CONFIG, { batch: 1, mode: 'inference' }).graph, 'embed');
  embedder = await loadEmbedder(
    await exportStudent({ config: CONFIG, weights, form: 'float32', name: 'embed', provenance: {} }),
  );
  const tone = (rate: number, seconds: number) =>
    Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * 440 * n) / rate) / 2);
  const wav = (rate: number, seconds: number) =>
    wavFile({ encoding: 's16', sampleRate: rate, channels: [tone(rate, seconds)] });
  await mkdir(at('clips'));
  await writeFile(at('clips/a.wav'), wav(16_000, 2));
  await writeFile(at('clips/b.wav'), wav(44_100, 1));
  await writeFile(at('clips/notes.txt'), 'not meant');
  await writeFile(at('clips/._a.wav'), 'what a Mac leaves behind');
  await writeFile(at('cut.wav'), wav(16_000, 3).subarray(0, 50_000));
  await writeFile(at('fake.wav'), 'no sound here');
});
afterAll(async () => {
  embedder.close();
  await rm(folder, { recursive: true });
});

function options(changes: Partial<EmbedFilesOptions>): EmbedFilesOptions {
  const { signal } = new AbortController();
  return {
    files: [at('clips')],
    embedder,
    out: at('out.npy'),
    rows: 'windows',
    strict: false,
    progress: silent,
    signal,
    ...changes,
  };
}

it('writes a row for each window of each file in a folder', async () => {
  const result = await embedFiles(options({ out: at('windows.parquet') }));
  expect(result).toMatchObject({ clips: 2, rows: 8, dimension: 16, skipped: [] });
  const { clips, times, data } = await readEmbeddings(at('windows.parquet'));
  expect(clips).toEqual([...Array(7).fill(at('clips/a.wav')), at('clips/b.wav')]);
  expect(times[6]).toBeCloseTo(0.4875 + 6 * 0.17);
  const direct = await embedder.embed(await readMono16k(at('clips/a.wav')), { sampleRate: 16_000 });
  expect(data.slice(0, 7 * 16)).toEqual(direct.windows);
});

it('writes the mean of each file', async () => {
  expect(await embedFiles(options({ out: at('means.csv'), rows: 'mean' }))).toMatchObject({ rows: 2 });
  const { data } = await readEmbeddings(at('means.csv'));
  const { mean } = await embedder.embed(await readMono16k(at('clips/a.wav')), { sampleRate: 16_000 });
  for (let i = 0; i < 16; i++) expect(data[i]).toBeCloseTo(mean[i], 5);
});

it.each(['windows', 'mean'] as const)('skips bad files whole and says why (%s)', async (rows) => {
  const files = [at('cut.wav'), at('clips/b.wav'), at('fake.wav'), at('absent.wav')];
  const result = await embedFiles(options({ files, rows, out: at('some.npy') }));
  expect(result).toMatchObject({ clips: 1, rows: 1 });
  expect(result.skipped).toEqual([
    { path: at('cut.wav'), reason: expect.stringContaining('truncated') },
    { path: at('fake.wav'), reason: expect.stringContaining('not audio') },
    { path: at('absent.wav'), reason: 'no such file' },
  ]);
});

it('leaves nothing behind when strict, when nothing can be read, and when stopped', async () => {
  const out = at('never.npy');
  const files = [at('clips/a.wav'), at('fake.wav')];
  await expect(embedFiles(options({ files, out, strict: true }))).rejects.toThrow(/fake\.wav: not audio/);
  await expect(embedFiles(options({ files: [at('fake.wav')], out }))).rejects.toThrow(/none of 1 files/);
  await expect(embedFiles(options({ out, signal: AbortSignal.abort() }))).rejects.toThrow(/abort/i);
  await mkdir(at('empty'), { recursive: true });
  await expect(embedFiles(options({ files: [at('empty')], out }))).rejects.toThrow(/no audio files/);
  expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
});

it.each(['windows', 'mean'] as const)('refuses a model whose values are not finite (%s)', async (rows) => {
  const odd = {
    embeddingSize: 16,
    async *embedStream() {
      yield { time: 0.4875, embedding: new Float32Array(16) };
      yield { time: 0.6575, embedding: new Float32Array(16).fill(Number.NaN, 3, 4) };
    },
  };
  const run = embedFiles(options({ embedder: odd as unknown as Embedder, rows, out: at('never.csv') }));
  await expect(run).rejects.toThrow(/a\.wav: the model gives values that are not finite at 0\.\d+ s/);
  expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
});

it('writes features as the front end computes them', async () => {
  const frontend = await loadFrontend();
  const watch = { progress: silent, signal: new AbortController().signal };
  const samples = await readMono16k(at('clips/b.wav'));
  expect(await writeFeatures(at('clips/b.wav'), at('f.npy'), 'frames', frontend, watch)).toEqual([98, 64]);
  expect(Float32Array.from(readNpy(at('f.npy')).data)).toEqual(frontend.logMel(samples).data);
  expect(await writeFeatures(at('clips/b.wav'), at('w.npy'), 'windows', frontend, watch)).toEqual([
    1, 96, 64,
  ]);
  await expect(writeFeatures(at('cut.wav'), at('c.npy'), 'frames', frontend, watch)).rejects.toThrow(
    /truncated/,
  );
  await expect(writeFeatures(at('cut.wav'), at('c.txt'), 'frames', frontend, watch)).rejects.toThrow(/npy/);
  const slow = await loadFrontend({ ...FRILL_FRONTEND, sampleRate: 8_000, highestFrequency: 4_000 });
  await expect(writeFeatures(at('clips/b.wav'), at('s.npy'), 'frames', slow, watch)).rejects.toThrow(
    /takes 8000 Hz/,
  );
});

it('is refused before the work where the result cannot be written', async () => {
  let opened = 0;
  const watched = { ...embedder, embedStream: () => opened++ } as unknown as Embedder;
  await mkdir(at('a-folder.csv'), { recursive: true });
  await expect(embedFiles(options({ embedder: watched, out: at('a-folder.csv') }))).rejects.toThrow(
    /a-folder\.csv: this is a folder/,
  );
  await expect(embedFiles(options({ embedder: watched, out: at('clips/a.wav/out.csv') }))).rejects.toThrow(
    /this folder cannot be made/,
  );
  expect(opened).toBe(0);
});

it('one file that makes a decoder fail in a way of its own ends no run, and what else is in a folder is told', async () => {
  const said: string[] = [];
  let isFirst = true;
  const fragile: Embedder = Object.create(embedder, {
    embeddingSize: { value: 16 },
    embedStream: {
      value: (...given: Parameters<Embedder['embedStream']>) => {
        if (!isFirst) return embedder.embedStream(...given);
        isFirst = false;
        throw new TypeError('something nobody thought of');
      },
    },
  });
  const progress = { ...silent, say: (line: string) => said.push(line) };
  const result = await embedFiles(options({ embedder: fragile, out: at('fragile.csv'), progress }));
  expect(result).toMatchObject({ clips: 1, skipped: [{ reason: 'TypeError: something nobody thought of' }] });
  expect(said).toEqual([
    expect.stringMatching(
      /passed over in .*clips: 1 × hidden file or folder \(\._a\.wav\), 1 × \.txt file \(notes\.txt\)/,
    ),
    expect.stringMatching(/skipped .*a\.wav: TypeError: something nobody thought of/),
  ]);
});
