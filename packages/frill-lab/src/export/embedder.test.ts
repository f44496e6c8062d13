/** Exported students in the hands of the device package: nothing about how audio arrives shows in an embedding. */
import { AudioError, type Embedder, loadEmbedder, ModelError, resample } from 'frill-audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { random } from '../tensor/random.js';
import { exportStudent } from './export-student.js';

const CONFIG = parseStudentName('tiny-0.5-gap', { bottleneck: 48 });
const SIZE = CONFIG.bottleneck;

/** Syllables: a gliding tone that comes and goes, with some noise. */
function voice(seconds: number, rate = 16_000): Float32Array {
  const noise = random('voice');
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, n) => {
    const t = n / rate;
    const loudness = Math.max(0, Math.sin(9 * t)) * 0.4;
    return loudness * Math.sin(2 * Math.PI * (180 * t + 20 * Math.sin(3 * t))) + noise.normal(0, 0.002);
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    squareA += a[i] ** 2;
    squareB += b[i] ** 2;
  }
  return product / Math.sqrt(squareA * squareB);
}

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  for (let i = 0; i < found.length; i++)
    expect(Math.abs(found[i] - expected[i])).toBeLessThanOrEqual(1e-5 * scale);
}

async function exported(input: 'log-mel' | 'waveform', batches?: readonly number[]): Promise<Uint8Array> {
  const { graph } = buildStudent(CONFIG, { batch: 1, mode: 'inference' });
  return exportStudent({
    config: CONFIG,
    weights: initialise(graph, 'embedder'),
    form: 'float32',
    name: 'test student',
    provenance: {},
    input,
    ...(batches && { batches }),
  });
}

let bytes: Uint8Array;
let embedder: Embedder;
beforeAll(async () => {
  bytes = await exported('log-mel');
  embedder = await loadEmbedder(bytes);
});
afterAll(() => embedder.close());

describe('an embedding', () => {
  it('has a vector for each window, the time of its centre, and their mean', async () => {
    const { mean, windows, times } = await embedder.embed(voice(2), { sampleRate: 16_000 });
    expect(times.length).toBe(7);
    expect(windows.length).toBe(7 * SIZE);
    for (const [index, time] of times.entries()) expect(time).toBeCloseTo(0.4875 + 0.17 * index, 9);
    for (let i = 0; i < SIZE; i++) {
      const sum = times.reduce((total, _, t) => total + windows[t * SIZE + i], 0);
      expect(mean[i]).toBeCloseTo(sum / 7, 5);
    }
    expect(embedder.windowSeconds).toBe(0.975);
    expect(embedder.metadata?.name).toBe('test student');
  });

  it('is the same for a window alone as among forty others, in whatever batch', async () => {
    const clip = voice(7.7);
    const { windows, times } = await embedder.embed(clip, { sampleRate: 16_000 });
    expect(times.length).toBe(40);
    for (const index of [0, 5, 31, 33, 39]) {
      // 16,000 samples hold one window of 15,600, and so nothing is padded.
      const alone = await embedder.embed(clip.subarray(index * 2720, index * 2720 + 16_000), {
        sampleRate: 16_000,
      });
      expectClose(alone.windows, windows.slice(index * SIZE, (index + 1) * SIZE));
    }
  });

  it('does not depend on which batch sizes the file has', async () => {
    const clip = voice(4);
    const expected = await embedder.embed(clip, { sampleRate: 16_000 });
    for (const batches of [[1], [8], [32]]) {
      const other = await loadEmbedder(await exported('log-mel', batches));
      expectClose((await other.embed(clip, { sampleRate: 16_000 })).windows, expected.windows);
      other.close();
    }
  });

  it('of a short clip is that of the clip padded with silence to a second', async () => {
    const padded = new Float32Array(16_000);
    padded.set(voice(0.3));
    const found = await embedder.embed(voice(0.3), { sampleRate: 16_000 });
    expect(found).toEqual(await embedder.embed(padded, { sampleRate: 16_000 }));
    expect(found.times).toEqual([0.4875]);
  });

  it('is nearly the same from 48 kHz stereo', async () => {
    const clip = voice(2);
    const fast = resample(clip, 16_000, 48_000);
    const { mean } = await embedder.embed([fast, fast], { sampleRate: 48_000 });
    expect(cosine(mean, (await embedder.embed(clip, { sampleRate: 16_000 })).mean)).toBeGreaterThan(0.999);
  });
});

describe('a stream', () => {
  it.each([
    ['16 kHz in blocks of 128 samples', 16_000, 128],
    ['44.1 kHz in blocks of 4410', 44_100, 4_410],
    ['8 kHz at once', 8_000, 1e9],
  ])('at %s gives what the whole clip gives', async (_, sampleRate, block) => {
    const clip = voice(2.5, sampleRate);
    const blocks = Array.from({ length: Math.ceil(clip.length / block) }, (_, i) =>
      clip.subarray(i * block, (i + 1) * block),
    );
    const whole = await embedder.embed(clip, { sampleRate });
    let count = 0;
    for await (const { time, embedding } of embedder.embedStream(blocks, { sampleRate })) {
      expect(time).toBe(whole.times[count]);
      expectClose(embedding, whole.windows.slice(count * SIZE, (count + 1) * SIZE));
      count++;
    }
    expect(count).toBe(whole.times.length);
  });

  it('gives a window as soon as its last sample is in', async () => {
    let given = 0;
    function* microphone() {
      for (const clip = voice(3); given < clip.length; given += 160) yield clip.subarray(given, given + 160);
    }
    for await (const { time } of embedder.embedStream(microphone(), { sampleRate: 16_000 })) {
      const end = (time + embedder.windowSeconds / 2) * 16_000;
      expect(given + 160 - end).toBeLessThan(160);
      if (time > 1.5) break;
    }
  });
});

it('speaks the names of HEAR', async () => {
  expect(embedder.sampleRate).toBe(16_000);
  expect(embedder.sceneEmbeddingSize).toBe(SIZE);
  expect(embedder.timestampEmbeddingSize).toBe(SIZE);
  const sounds = [voice(1), voice(2)];
  const { mean, windows, times } = await embedder.embed(sounds[1], { sampleRate: 16_000 });
  expect((await embedder.sceneEmbeddings(sounds))[1]).toEqual(mean);
  const { embeddings, timestamps } = await embedder.timestampEmbeddings(sounds);
  expect(embeddings[1]).toEqual(windows);
  expect(timestamps[1]).toEqual(times.map((time) => time * 1000));
});

it('with the front end inside the file gives the same', async () => {
  const audioIn = await loadEmbedder(await exported('waveform'));
  for (const seconds of [0.4, 1, 3]) {
    const clip = voice(seconds);
    const expected = await embedder.embed(clip, { sampleRate: 16_000 });
    const found = await audioIn.embed(clip, { sampleRate: 16_000 });
    expect(found.times).toEqual(expected.times);
    expect(cosine(found.windows, expected.windows)).toBeGreaterThan(0.99999);
  }
  audioIn.close();
});

it('takes another hop', async () => {
  const sparse = await loadEmbedder(bytes, { frameHop: 34 });
  const every = await embedder.embed(voice(3), { sampleRate: 16_000 });
  const second = await sparse.embed(voice(3), { sampleRate: 16_000 });
  expect(second.times).toEqual(every.times.filter((_, index) => index % 2 === 0));
  expectClose(second.windows.slice(SIZE, 2 * SIZE), every.windows.slice(2 * SIZE, 3 * SIZE));
  sparse.close();
});

describe('refuses', () => {
  it.each<[string, Float32Array, number, RegExp]>([
    ['no samples', new Float32Array(0), 16_000, /no samples/],
    ['NaN', Float32Array.of(0, Number.NaN), 16_000, /sample 1 is NaN/],
    [
      'infinity at another rate',
      Float32Array.of(0, 0, Number.POSITIVE_INFINITY),
      44_100,
      /sample 2 is Infinity/,
    ],
    ['a rate of zero', voice(1), 0, /0 Hz is impossible/],
  ])('%s', async (_, samples, sampleRate, message) => {
    await expect(embedder.embed(samples, { sampleRate })).rejects.toThrow(message);
    await expect(embedder.embed(samples, { sampleRate })).rejects.toThrow(AudioError);
  });

  it('an output that is not there', async () => {
    await expect(loadEmbedder(bytes, { output: 'scores' })).rejects.toThrow(
      /no output named 'scores'.*embedding/,
    );
  });

  it('a hop of no frames, naming the model', async () => {
    const loading = loadEmbedder(bytes, { frameHop: 0 });
    await expect(loading).rejects.toThrow(/^model: impossible front-end parameters: frameHop is 0/);
  });

  it('half a file', async () => {
    const half = bytes.subarray(0, bytes.length / 2);
    await expect(loadEmbedder(half)).rejects.toThrow(ModelError);
  });
});
