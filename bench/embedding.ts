/**
 * How much audio is embedded in a minute by FRILL's network (small, alpha 2.0), against other runtimes on the same cores. All take
 * turns, round by round, so that what else the machine does hits all alike.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND } from 'frill-audio';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { exportStudent, exportStudentOnnx } from '../packages/frill-lab/src/export/export-student.js';
import { ENGINE_TITLES, type Engine } from '../packages/frill-lab/src/models/engines.js';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { embedAll } from '../packages/frill-lab/src/models/representation.js';
import { openRepresentationOnThreads } from '../packages/frill-lab/src/models/representation-threads.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { parseStudentName } from '../packages/frill-lab/src/models/student-config.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { openNativeTflite } from '../testing/native-tflite.js';
import type { Benchmark, BenchTable } from './table.js';

export const embedding: Benchmark = {
  name: 'embedding',
  summary: 'hours of audio a minute, against native TensorFlow Lite and onnxruntime-node',
  run: embeddingBench,
};

/** Threads run the build. */
const WORKER = new URL('../packages/frill-lab/dist/models/representation-worker.js', import.meta.url);
const STUDENT = 'small-2-gap';
const BATCH = 32;
const WINDOW = FRILL_FRONTEND.frames * FRILL_FRONTEND.melBands;
/** Frames from window to window: the published protocol's, and the study's. */
const HOPS = [FRILL_FRONTEND.frameHop, 48] as const;
const ROUNDS = 9;
/** Seconds that one contender is measured in one round. */
const TURN_SECONDS = 1;

/** Something that embeds windows, and how many in one go. */
interface Contender {
  readonly name: string;
  readonly side: 'ours' | 'peer';
  /** Frames from window to window, where it matters to the speed. */
  readonly hop?: number;
  readonly windows: number;
  run(): Promise<unknown>;
  close(): void | Promise<void>;
}

async function embeddingBench(): Promise<BenchTable> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-'));
  const contenders: Contender[] = [];
  const absent: string[] = [];
  try {
    const config = parseStudentName(STUDENT);
    const weights = initialise(buildStudent(config, { batch: 1, mode: 'inference' }).graph, 'bench');
    const student = { config, weights, name: STUDENT, provenance: {} };
    const path = join(folder, `${STUDENT}.tflite`);
    await writeFile(path, await exportStudent({ ...student, form: 'float32' }));
    const lanes = [...new Set([1, threads])];
    for (const hop of HOPS)
      for (const count of hop === HOPS[0] ? lanes : [threads])
        contenders.push(await ours(path, 'auto', hop, count));
    contenders.push(await ours(path, 'litert', HOPS[0], threads));

    const stream = random('bench/embedding');
    const windows = Float32Array.from({ length: BATCH * WINDOW }, () => stream.normal(-3, 2));
    const wide = await exportStudent({ ...student, form: 'float32', batches: [BATCH] });
    const native = await nativeTflite(wide, windows, threads).catch(() => undefined);
    if (native) contenders.push(native);
    else absent.push('native TensorFlow Lite');
    contenders.push(await onnxruntime(await exportStudentOnnx(student), windows, threads));
    return tableOf(contenders, absent, await takeTurns(contenders));
  } finally {
    for (const contender of contenders) await contender.close();
    await rm(folder, { recursive: true });
  }
}

/** Audio to embeddings as `frill evaluate` does it, front end included: two minutes in clips of ten seconds. */
async function ours(path: string, engine: Engine, hop: number, threads: number): Promise<Contender> {
  const representation = await openRepresentationOnThreads(path, {
    threads,
    engine,
    hopFrames: hop,
    worker: WORKER,
  });
  const stream = random('bench/audio');
  const clips = Array.from({ length: 12 }, () =>
    Float32Array.from({ length: 10 * FRILL_FRONTEND.sampleRate }, () => stream.normal(0, 0.1)),
  );
  const run = () => embedAll(representation, clips);
  const windows = (await run()).reduce((sum, { count }) => sum + count, 0);
  const title = ENGINE_TITLES[representation.engine ?? 'litert'];
  return {
    name: `Frill: audio to embeddings, hop ${hop}, ${title}, threads: ${threads}`,
    side: 'ours',
    hop,
    windows,
    run,
    close: () => representation.close(),
  };
}

async function nativeTflite(model: Uint8Array, windows: Float32Array, threads: number): Promise<Contender> {
  const native = await openNativeTflite();
  const loaded = native.load(model, { threads });
  return {
    name: `native TensorFlow Lite ${native.version} + XNNPACK, network alone, threads: ${threads}`,
    side: 'peer',
    windows: BATCH,
    run: async () => loaded.run([windows]),
    close: () => loaded.close(),
  };
}

async function onnxruntime(model: Uint8Array, windows: Float32Array, threads: number): Promise<Contender> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: threads });
  const shape = [BATCH, FRILL_FRONTEND.frames, FRILL_FRONTEND.melBands, 1];
  return {
    name: `onnxruntime-node, network alone, threads: ${threads}`,
    side: 'peer',
    windows: BATCH,
    run: () => session.run({ log_mel: new Tensor('float32', windows, shape) }),
    close: () => session.release(),
  };
}

/** Windows a second of each contender, round by round; the first round only warms up. */
async function takeTurns(contenders: readonly Contender[]): Promise<number[][]> {
  const rates = contenders.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++)
    for (const [place, { windows, run }] of contenders.entries()) {
      const began = performance.now();
      let runs = 0;
      do {
        await run();
        runs++;
      } while (performance.now() - began < 1000 * TURN_SECONDS);
      if (round > 0) rates[place].push((1000 * runs * windows) / (performance.now() - began));
    }
  return rates;
}

function tableOf(contenders: readonly Contender[], absent: readonly string[], rates: number[][]): BenchTable {
  const peers = rates.filter((_, place) => contenders[place].side === 'peer');
  const best = (round: number) => Math.max(...peers.map((rate) => rate[round]));
  const hours = (rate: number, hop: number) =>
    (60 * rate * hop * FRILL_FRONTEND.hopLength) / FRILL_FRONTEND.sampleRate / 3600;
  return {
    title: `Embedding throughput: ${STUDENT}, 2048 values, float32`,
    columns: [
      'runtime',
      'windows/s',
      ...HOPS.map((hop) => `hours of audio a minute, hop ${hop}`),
      'ratio to the best peer',
    ],
    rows: [
      ...contenders.map(({ name, hop }, place) => {
        const rate = median(rates[place]);
        return [
          name,
          rate,
          ...HOPS.map((each) => (hop === undefined || hop === each ? hours(rate, each) : '')),
          median(rates[place].map((own, round) => own / best(round))),
        ];
      }),
      ...absent.map((name) => [name, 'peer absent', '', '', '']),
    ],
    notes: [
      `Medians of ${ROUNDS} rounds in which each takes a turn of ${TURN_SECONDS} s; ratios are medians of each round's ratio to the best peer of that round.`,
      `Hops in frames of 10 ms. Peers compute batches of ${BATCH} windows that are there already; ours include the front end and all copies. Decoding is in none.`,
      'onnxruntime-node runs the .onnx file that `frill export` writes.',
    ],
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
