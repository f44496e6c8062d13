/** How much audio is embedded in a minute by FRILL's network (small, alpha 2.0), against other runtimes on the same cores. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRILL_FRONTEND, loadModel } from 'frill';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openNativeTflite } from '../packages/lab/src/bench/native-tflite.js';
import { exportStudent, exportStudentOnnx } from '../packages/lab/src/export/export-student.js';
import { initialise } from '../packages/lab/src/models/initialise.js';
import { openRepresentation } from '../packages/lab/src/models/representation.js';
import { buildStudent } from '../packages/lab/src/models/student.js';
import { studentConfigSchema } from '../packages/lab/src/models/student-config.js';
import { random } from '../packages/lab/src/tensor/random.js';
import type { Benchmark, BenchTable } from './table.js';

export const embedding: Benchmark = {
  name: 'embedding',
  summary: 'hours of audio a minute, against native TensorFlow Lite and onnxruntime-node',
  run: embeddingBench,
};

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

  const rows: (string | number)[][] = [];
  const add = (name: string, windowsPerSecond: number | string) => {
    const isMeasured = typeof windowsPerSecond === 'number';
    const seconds = (FRILL_FRONTEND.frameHop * FRILL_FRONTEND.hopLength) / FRILL_FRONTEND.sampleRate;
    rows.push([
      name,
      windowsPerSecond,
      isMeasured ? (windowsPerSecond * seconds * 60) / 3600 : windowsPerSecond,
    ]);
  };

  // Audio to embeddings, as `frill evaluate` does it: front end included.
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-'));
  try {
    const path = join(folder, 'frill.tflite');
    await writeFile(path, tflite);
    const representation = await openRepresentation(path);
    const minute = Float32Array.from({ length: 60 * FRILL_FRONTEND.sampleRate }, () => stream.normal(0, 0.1));
    const { count } = await representation.embed(minute);
    add('Frill: audio to embeddings, 1 thread', await rate(count, () => representation.embed(minute)));
    representation.close();
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
    model ? await rate(BATCH, async () => model.run([windows])) : 'peer absent',
  );
  model?.close();

  const session = await InferenceSession.create(onnx);
  const feeds = {
    log_mel: new Tensor('float32', windows, [BATCH, FRILL_FRONTEND.frames, FRILL_FRONTEND.melBands, 1]),
  };
  add(`onnxruntime-node, ${threads} threads`, await rate(BATCH, () => session.run(feeds)));
  await session.release();
  return {
    title: 'Embedding throughput: small, alpha 2.0, 2048 values, float32',
    columns: ['runtime', 'windows/s', 'hours of audio a minute'],
    rows,
    notes: [
      `Batches of ${BATCH} windows, one window each 0.17 s of audio; median of runs over ${MEASURED_SECONDS} s after ${WARM_UP_SECONDS} s of warm-up.`,
      'Only the first row includes the front end; decoding is in none.',
    ],
  };
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
