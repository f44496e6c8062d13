/** How much audio is embedded in a minute by FRILL's network (small, alpha 2.0), against other runtimes on the same cores. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND, loadModel } from 'frill';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openNativeTflite } from '../packages/lab/src/bench/native-tflite.js';
import { exportStudent, exportStudentOnnx } from '../packages/lab/src/export/export-student.js';
import { initialise } from '../packages/lab/src/models/initialise.js';
import { openRepresentationOnThreads } from '../packages/lab/src/models/representation-threads.js';
import { buildStudent } from '../packages/lab/src/models/student.js';
import { studentConfigSchema } from '../packages/lab/src/models/student-config.js';
import { random } from '../packages/lab/src/tensor/random.js';
import type { Benchmark, BenchTable } from './table.js';

export const embedding: Benchmark = {
  name: 'embedding',
  summary: 'hours of audio a minute, against native TensorFlow Lite and onnxruntime-node',
  run: embeddingBench,
};

/** Threads run the build. */
const WORKER = new URL('../packages/lab/dist/models/representation-worker.js', import.meta.url);
const BATCH = 32;
const WINDOW = FRILL_FRONTEND.frames * FRILL_FRONTEND.melBands;
const WARM_UP_SECONDS = 2;
const MEASURED_SECONDS = 5;

export async function embeddingBench(): Promise<BenchTable> {
  const config = studentConfigSchema.parse({
    size: 'small',
    width: 2,
    pooling: 'gap',
    compression: { kind: 'none' },
    quantization: 'none',
  });
  const weights = initialise(buildStudent(config, { batch: 1, mode: 'inference' }).graph, 'bench');
  const student = { config, weights, name: 'frill', provenance: {} };
  const tflite = await exportStudent({ ...student, form: 'float32', batches: [1, 8, BATCH] });
  const wide = await exportStudent({ ...student, form: 'float32', batches: [BATCH] });
  const onnx = await exportStudentOnnx(student);
  const threads = availableParallelism();
  const stream = random('bench/embedding');
  const windows = Float32Array.from({ length: BATCH * WINDOW }, () => stream.normal(-3, 2));

  const measured: { readonly name: string; readonly windowsPerSecond: number | undefined }[] = [];
  const add = (name: string, windowsPerSecond: number | undefined) =>
    measured.push({ name, windowsPerSecond });

  // Audio to embeddings, as `frill evaluate` does it: front end included.
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-'));
  try {
    const path = join(folder, 'frill.tflite');
    await writeFile(path, tflite);
    const minute = Float32Array.from({ length: 60 * FRILL_FRONTEND.sampleRate }, () => stream.normal(0, 0.1));
    for (const lanes of new Set([1, threads])) {
      const representation = await openRepresentationOnThreads(path, { threads: lanes, worker: WORKER });
      const clips = Array.from({ length: representation.concurrency }, () => minute);
      const embedAll = () => Promise.all(clips.map((clip) => representation.embed(clip)));
      const windows = (await embedAll()).reduce((sum, { count }) => sum + count, 0);
      add(
        `Frill: audio to embeddings, threads: ${representation.concurrency}`,
        await rate(windows, embedAll),
      );
      representation.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }

  const litert = await loadModel(wide);
  const [signature] = Object.keys(litert.signatures);
  const [{ name: input }] = litert.signatures[signature].inputs;
  add('LiteRT.js, 1 thread', await rate(BATCH, () => litert.run({ [input]: windows }, signature)));
  litert.close();

  const native = await openNativeTflite().catch(() => undefined);
  const model = native?.load(wide, { threads });
  add(
    `native TensorFlow Lite ${native?.version ?? ''} + XNNPACK, ${threads} threads`,
    model && (await rate(BATCH, async () => model.run([windows]))),
  );
  model?.close();

  const session = await InferenceSession.create(onnx);
  const feeds = {
    log_mel: new Tensor('float32', windows, [BATCH, FRILL_FRONTEND.frames, FRILL_FRONTEND.melBands, 1]),
  };
  add(`onnxruntime-node, ${threads} threads`, await rate(BATCH, () => session.run(feeds)));
  await session.release();
  const best = Math.max(
    ...measured.filter(({ name }) => !isOurs(name)).map(({ windowsPerSecond }) => windowsPerSecond ?? 0),
  );
  const seconds = (FRILL_FRONTEND.frameHop * FRILL_FRONTEND.hopLength) / FRILL_FRONTEND.sampleRate;
  return {
    title: 'Embedding throughput: small, alpha 2.0, 2048 values, float32',
    columns: ['runtime', 'windows/s', 'hours of audio a minute', 'ratio to the best peer'],
    rows: measured.map(({ name, windowsPerSecond: rate }) =>
      rate === undefined
        ? [name, 'peer absent', '', '']
        : [name, rate, (rate * seconds * 60) / 3600, rate / best],
    ),
    notes: [
      `Batches of ${BATCH} windows, one window each 0.17 s of audio; median of runs over ${MEASURED_SECONDS} s after ${WARM_UP_SECONDS} s of warm-up.`,
      'Only the rows "audio to embeddings" include the front end; decoding is in none. Each thread embeds a clip of a minute.',
    ],
  };
}

/** Whether a row is ours; the others are peers. */
function isOurs(name: string): boolean {
  return name.startsWith('Frill') || name.startsWith('LiteRT.js');
}

/** Units a second, from the median time of a run. */
async function rate(units: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const started = performance.now();
  for (;;) {
    const before = performance.now();
    await run();
    const after = performance.now();
    if (after - started > WARM_UP_SECONDS * 1000) times.push(after - before);
    if (after - started > (WARM_UP_SECONDS + MEASURED_SECONDS) * 1000) break;
  }
  times.sort((a, b) => a - b);
  return (1000 * units) / times[times.length >> 1];
}
