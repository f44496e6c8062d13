/**
 * What an app pays for an embedding, in Node and in Chromium: what it fetches, how it starts, and what an inference takes; Frill's
 * engine against every runtime that can run the same files, and against MediaPipe's own embedder. Each runtime has a process or a
 * page of its own; all of a model take turns, round after round, so that drift of the machine hits all alike.
 *
 *     MODELS=tiny-0.5 ROUNDS=1 npm run bench -- device     to see whether everything runs
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contestant, contestants, releasedNames } from './device/contestants.js';
import { openPages } from './device/page.js';
import { absentPeers, MEDIAPIPE, ONNXRUNTIME_WEB, PYTHON } from './device/peers.js';
import { openProcess } from './device/process.js';
import { WORKS, type Work } from './device/runtimes.js';
import type { Contender, Side, Started } from './device/side.js';
import type { Benchmark, BenchTable } from './table.js';

export const device: Benchmark = {
  name: 'device',
  summary: "size, start and speed of Frill's engine, against other runtimes, in Node and Chromium",
  run: deviceBench,
};

const ROUNDS = Number(process.env.ROUNDS ?? 9);
/** Released models by name, or students by size and width. */
const MODELS = process.env.MODELS?.split(',');
/** Starts from nothing, whose median is told; the last goes on. */
const STARTS = Math.min(3, ROUNDS);
const TURN_MS = 200;
/** Turns before the first round: V8 compiles WebAssembly twice. */
const WARMUP_MS = 1000;
/** For MediaPipe, which wants metadata in it (device/mediapipe_metadata.py): seven times the arithmetic of small-1. */
const YAMNET =
  process.env.YAMNET ??
  fileURLToPath(new URL('../../shared/data/models/yamnet_scores_embedding1024.tflite', import.meta.url));

const TITLES: Readonly<Record<Contender['runtime'], string>> = {
  frill: 'Frill',
  litert: 'LiteRT.js',
  onnxruntimeNode: 'onnxruntime-node',
  onnxruntimeWeb: 'onnxruntime-web',
  native: 'native TensorFlow Lite, network alone',
  mediapipe: 'MediaPipe AudioEmbedder',
};

/** A contender with what was measured of it. */
interface Measured {
  readonly contestant: Contestant;
  readonly runtime: Contender['runtime'];
  readonly side: Side;
  readonly starts: readonly Started[];
  /** Milliseconds of each round; a window's, of the batch of eight. */
  readonly rounds: Record<Work, number[]>;
}

async function deviceBench(): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-device-'));
  const notes = absentPeers();
  const rows: (string | number)[][] = [];
  const pages = await openPages();
  if (!pages) notes.push('Chromium is absent: nothing was measured in it');
  try {
    for (const model of MODELS ?? ['small-1', 'small-2', ...(await releasedNames())]) {
      const forms = await contestants(model, folder);
      rows.push(...(await heat('Node', inNode(forms), openProcess, notes)));
      if (pages) rows.push(...(await heat('Chromium', inChromium(forms), pages.open, notes)));
    }
  } finally {
    await pages?.close();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    title: 'A device: one thread, log-mel or a second of audio at 48 kHz to an embedding of 2,048 values',
    columns: COLUMNS,
    rows,
    notes: [
      `Load and first: median of ${STARTS} starts in a new process or page, with everything that is fetched or read. Other times: medians of ${ROUNDS} rounds in which all take turns of ${TURN_MS} ms; ratios are medians of each round's.`,
      'Sizes are compressed by brotli: in a page of all that the runtime fetches, front end included.',
      'All but MediaPipe and native TensorFlow Lite hear through the front end and the resampler of Frill. The onnx form is float32.',
      ...notes,
    ],
  };
}

const COLUMNS = [
  'host, model, form, runtime',
  'runtime, KB',
  'model, KB',
  'load, ms',
  'first, ms',
  'batch 1, ms',
  'a window of 8, ms',
  'from 48 kHz, ms',
  'batch 1, times LiteRT.js',
  'of 8, times LiteRT.js',
  "batch 1, times LiteRT.js' float32",
  'from 48 kHz, times MediaPipe',
];

type Entry = readonly [contestant: Contestant, runtime: Contender['runtime']];

function inNode(forms: readonly Contestant[]): Entry[] {
  return forms.flatMap((form): Entry[] =>
    form.form === 'onnx'
      ? [[form, 'onnxruntimeNode']]
      : [[form, 'frill'], [form, 'litert'], ...(existsSync(PYTHON) ? [[form, 'native'] as const] : [])],
  );
}

function inChromium(forms: readonly Contestant[]): Entry[] {
  const yamnet = { model: 'YAMNet', form: 'as published', path: YAMNET, wireBytes: Number.NaN };
  return [
    ...forms.flatMap((form): Entry[] =>
      form.form === 'onnx'
        ? existsSync(ONNXRUNTIME_WEB)
          ? [[form, 'onnxruntimeWeb']]
          : []
        : [
            [form, 'frill'],
            [form, 'litert'],
          ],
    ),
    ...(existsSync(MEDIAPIPE) && existsSync(YAMNET) ? [[yamnet, 'mediapipe'] as const] : []),
  ];
}

/** All runtimes of a model in one host, in turns. What does not start is a note, and no row. */
async function heat(
  host: string,
  entries: readonly Entry[],
  open: (contender: Contender) => Promise<Side>,
  notes: string[],
): Promise<(string | number)[][]> {
  const all: Measured[] = [];
  try {
    for (const [contestant, runtime] of entries)
      try {
        all.push(await start(contestant, runtime, open));
      } catch (error) {
        const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
        notes.push(
          `${host}: ${TITLES[runtime]} does not run ${contestant.model}, ${contestant.form}: ${reason}`,
        );
      }
    for (const { side } of all) for (const work of WORKS) await side.turn(work, WARMUP_MS);
    for (let round = 0; round < ROUNDS; round++)
      for (const { side, rounds } of all)
        for (const work of WORKS) {
          const took = await side.turn(work, TURN_MS);
          if (took !== undefined) rounds[work].push(work === 'eight' ? took / 8 : took);
        }
  } finally {
    for (const { side } of all) await side.close();
  }
  return all.map((measured) => row(host, measured, all));
}

async function start(
  contestant: Contestant,
  runtime: Contender['runtime'],
  open: (contender: Contender) => Promise<Side>,
): Promise<Measured> {
  const starts: Started[] = [];
  for (;;) {
    const side = await open({ runtime, path: contestant.path });
    starts.push(side.started);
    if (starts.length === STARTS)
      return { contestant, runtime, side, starts, rounds: { one: [], eight: [], audio: [] } };
    await side.close();
  }
}

function row(host: string, measured: Measured, all: readonly Measured[]): (string | number)[] {
  const { contestant, runtime, starts, rounds } = measured;
  const litert = (form: string) =>
    all.find((one) => one.runtime === 'litert' && one.contestant.form === form);
  const times = (other: Measured | undefined, work: Work) =>
    other && other !== measured
      ? median(rounds[work].map((own, at) => other.rounds[work][at] / own))
      : Number.NaN;
  const same = litert(contestant.form === 'onnx' ? 'float32' : contestant.form);
  return [
    `${host}, ${contestant.model}, ${contestant.form}, ${TITLES[runtime]}`,
    (starts[0].runtimeBytes ?? Number.NaN) / 1000,
    contestant.wireBytes / 1000,
    median(starts.map(({ loadMs }) => loadMs)),
    median(starts.map(({ firstMs }) => firstMs)),
    ...WORKS.map((work) => median(rounds[work])),
    times(same, 'one'),
    times(same, 'eight'),
    times(litert('float32'), 'one'),
    times(
      all.find((one) => one.runtime === 'mediapipe'),
      'audio',
    ),
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
