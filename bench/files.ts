/**
 * From files as people have them to 16 kHz samples and to embeddings: a long recording and many short ones, in the formats of microphones,
 * phones and the web. The peer decodes and resamples the same files: ffmpeg, as a process of one thread, which also makes the files.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Embedder, loadEmbedder } from '../packages/frill-audio/src/index.js';
import { readMono16k } from '../packages/frill-audio/src/node.js';
import { median } from '../packages/frill-lab/src/statistics/quantiles.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { wavFile } from '../testing/wav.js';
import type { Benchmark, BenchTable } from './table.js';

export const files: Benchmark = {
  name: 'files',
  summary: 'files of microphones, phones and the web to samples and embeddings, against ffmpeg',
  run: filesBench,
};

const RATE = 48_000;
const FORMATS: readonly {
  readonly name: string;
  readonly ending: string;
  readonly words: readonly string[];
}[] = [
  { name: 'WAV, 48 kHz', ending: 'wav', words: ['-c:a', 'pcm_s16le'] },
  { name: 'FLAC, 48 kHz', ending: 'flac', words: ['-c:a', 'flac'] },
  { name: 'MP3, 44.1 kHz, 128 kbit/s', ending: 'mp3', words: ['-ar', '44100', '-b:a', '128k'] },
  { name: 'Opus, 48 kHz, 24 kbit/s', ending: 'opus', words: ['-c:a', 'libopus', '-b:a', '24k'] },
];
/** A long file, and many short ones. */
const SETS = [
  { count: 1, seconds: 120 },
  { count: 60, seconds: 2 },
] as const;
const ROUNDS = 7;

async function filesBench(): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-files-'));
  const embedder = await loadEmbedder();
  try {
    const rows = [];
    for (const { count, seconds } of SETS) {
      const recording = join(folder, `${count}.wav`);
      await writeFile(recording, sound(seconds));
      for (const { name, ending, words } of FORMATS) {
        const paths = Array.from({ length: count }, (_, i) => join(folder, `${count}-${i}.${ending}`));
        for (const path of paths) ffmpeg(['-i', recording, ...words, path]);
        const speeds = await takeTurns(paths, count * seconds, embedder);
        const [samples, embeddings, peer] = speeds.map(median);
        const ratio = median(speeds[0].map((ours, round) => ours / speeds[2][round]));
        rows.push([
          `${count === 1 ? 'one' : count} of ${seconds} s, ${name}`,
          samples,
          peer,
          ratio,
          embeddings,
        ]);
      }
    }
    return {
      title: 'Files to 16 kHz samples and to embeddings, × real time on one core',
      columns: [
        'files',
        'Frill, to samples',
        'ffmpeg, to samples',
        'ratio',
        'Frill, to embeddings of frill-s',
      ],
      rows,
      notes: [
        `Medians of ${ROUNDS} rounds in which each takes its turn; the first round only warms up. A window of frill-s every 0.17 s.`,
        'ffmpeg starts a process for each file, with -threads 1, as a program that calls it does.',
      ],
    };
  } finally {
    embedder.close();
    await rm(folder, { recursive: true });
  }
}

/** Times real time of decoding, of decoding and embedding, and of ffmpeg, round by round. */
async function takeTurns(
  paths: readonly string[],
  seconds: number,
  embedder: Embedder,
): Promise<readonly (readonly number[])[]> {
  const turns = [
    (path: string) => readMono16k(path),
    async (path: string) => embedder.embed(await readMono16k(path), { sampleRate: 16_000 }),
    async (path: string) =>
      ffmpeg(['-threads', '1', '-i', path, '-ac', '1', '-ar', '16000', '-f', 'f32le', '-']),
  ];
  const speeds = turns.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++)
    for (const [place, turn] of turns.entries()) {
      const began = performance.now();
      for (const path of paths) await turn(path);
      if (round > 0) speeds[place].push((1000 * seconds) / (performance.now() - began));
    }
  return speeds;
}

/** Tones that come and go over noise, in stereo: what a codec has to work for. */
function sound(seconds: number): Uint8Array {
  const stream = random('bench/files');
  const channel = Float32Array.from(
    { length: seconds * RATE },
    (_, n) => 0.3 * Math.sin(n / 20) * Math.sin(n / 9_000) + stream.normal(0, 0.02),
  );
  return wavFile({ encoding: 's16', sampleRate: RATE, channels: [channel, channel] });
}

function ffmpeg(words: readonly string[]): Uint8Array {
  return execFileSync('ffmpeg', ['-v', 'error', '-y', ...words], { maxBuffer: 2 ** 30 });
}
