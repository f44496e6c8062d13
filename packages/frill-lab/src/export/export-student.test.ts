import { FRILL_FRONTEND, loadFrontend, loadModel, ModelError } from 'frill-audio';
import { readModelMetadata } from 'frill-audio/internals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { nativeTfliteAvailable, openNativeTflite } from '../../../../testing/native-tflite.js';
import { compileReference } from '../engine/reference/reference.js';
import { channelScales, quantise } from '../graph/ops/fake-quantise.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName, type StudentConfig, studentName } from '../models/student-config.js';
import { random } from '../tensor/random.js';
import { tensor, type Weights } from '../tensor/tensor.js';
import { readTflite } from '../tflite/read-tflite.js';
import { writeTflite } from '../tflite/write-tflite.js';
import { exportStudent, exportStudentOnnx, type StudentExport } from './export-student.js';
import type { Form } from './forms.js';

const WINDOW = 96 * 64;

const TINY = parseStudentName('tiny-0.5-gap', { bottleneck: 32 });
const RANK_8 = { kind: 'low-rank', rank: 8 } as const;

/** Log-mel-like numbers: bands of different levels, frames that move together. */
function logMelWindows(count: number): Float32Array {
  const stream = random('windows');
  const windows = new Float32Array(count * WINDOW);
  for (let n = 0; n < count; n++)
    for (let frame = 0; frame < 96; frame++) {
      const loudness = stream.normal(-2, 1.5);
      for (let band = 0; band < 64; band++)
        windows[n * WINDOW + frame * 64 + band] = loudness - 0.03 * band + stream.normal(0, 0.7);
    }
  return windows;
}

/** Random weights with running statistics as if trained: nothing at its neutral start. */
function trainedLike(config: StudentConfig): Weights {
  const weights = initialise(
    buildStudent(config, { batch: 1, mode: 'inference' }).graph,
    studentName(config),
  );
  const stream = random('statistics');
  const trained: readonly [string, (index: number) => number][] = [
    ['bias', () => stream.normal(0, 0.1)],
    ['beta', () => stream.normal(0, 0.1)],
    ['gamma', () => stream.uniform(0.8, 1.2)],
    ['moving_mean', () => stream.normal(0, 0.05)],
    ['moving_variance', () => stream.uniform(0.02, 0.2)],
    ['standardise/mean', () => -2],
    ['standardise/deviation', () => 1.7],
  ];
  for (const [name, { data }] of weights) {
    const value = trained.find(([suffix]) => name.endsWith(suffix))?.[1];
    if (value) for (let i = 0; i < data.length; i++) data[i] = value(i);
  }
  return weights;
}

/** What the definition makes of the windows, fake quantisation included. */
async function defined(
  config: StudentConfig,
  weights: Weights,
  windows: Float32Array,
): Promise<Float64Array> {
  const count = windows.length / WINDOW;
  const student = buildStudent(config, { batch: count, mode: 'inference', weights: 'fake-quantised' });
  const program = compileReference(student.graph, [student.embedding], weights);
  const bits = student.bits ? [[student.bits, Float32Array.of(8)] as const] : [];
  const [embedding] = await program.run(new Map([[student.input, windows], ...bits]));
  return Float64Array.from(embedding.data);
}

function exported(config: StudentConfig, weights: Weights, options: Partial<StudentExport>) {
  return exportStudent({
    config,
    weights,
    form: 'float32',
    name: studentName(config),
    provenance: {},
    ...options,
  });
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}

const native = (await nativeTfliteAvailable()) ? await openNativeTflite() : undefined;

/** The file with the subgraph of that signature only: native TensorFlow Lite's C interface runs the first there is. */
function withSignature(file: Uint8Array, key: string): Uint8Array {
  const model = readTflite(file);
  const wanted = model.signatures.filter((signature) => signature.key === key);
  return writeTflite({
    ...model,
    subgraphs: wanted.map(({ subgraph }) => model.subgraphs[subgraph]),
    signatures: wanted.map((signature, subgraph) => ({ ...signature, subgraph })),
  });
}

const STUDENTS: readonly { config: StudentConfig; form: Form; agreement: number }[] = [
  { config: TINY, form: 'float32', agreement: 0.999_99 },
  { config: { ...TINY, size: 'small', input: 'rescale' }, form: 'float32', agreement: 0.999_99 },
  { config: { ...TINY, pooling: 'flatten' }, form: 'float32', agreement: 0.999_99 },
  { config: { ...TINY, compression: RANK_8 }, form: 'float32', agreement: 0.999_99 },
  { config: { ...TINY, size: 'large', width: 0.35 }, form: 'float32', agreement: 0.999_99 },
  { config: { ...TINY, quantization: 'aware' }, form: 'int8-bottleneck', agreement: 0.999_99 },
  {
    config: { ...TINY, quantization: 'aware', compression: RANK_8 },
    form: 'int8-bottleneck',
    agreement: 0.999_99,
  },
  { config: TINY, form: 'int8-weight', agreement: 0.99 },
  { config: TINY, form: 'float16', agreement: 0.999_99 },
  { config: TINY, form: 'int8', agreement: 0.98 },
];

describe.each(STUDENTS)(
  '$config.size $config.pooling $config.quantization as $form',
  ({ config, form, agreement }) => {
    const windows = logMelWindows(2);
    const weights = trainedLike(config);
    const file = exported(config, weights, { form, batches: [1, 2], calibration: logMelWindows(8) });
    const expected = defined(config, weights, windows);

    it('agrees with the definition in LiteRT.js at every batch size', async () => {
      const model = await loadModel(await file);
      expect(Object.keys(model.signatures)).toEqual(['b1', 'b2']);
      const { embedding: both } = await model.run({ log_mel: windows }, 'b2');
      const { embedding: first } = await model.run({ log_mel: windows.subarray(0, WINDOW) }, 'b1');
      model.close();
      const want = await expected;
      expect(cosine(both, want)).toBeGreaterThan(agreement);
      expect(cosine(first, want.subarray(0, config.bottleneck))).toBeGreaterThan(agreement);
    });

    it.skipIf(!native)(
      'agrees in native TensorFlow Lite (where that is installed) at every batch size',
      async () => {
        for (const [signature, count] of [
          ['b1', 1],
          ['b2', 2],
        ] as const) {
          const model = native?.load(withSignature(await file, signature));
          const [found] = model?.run([windows.subarray(0, count * WINDOW)]) ?? [];
          model?.close();
          expect(found).toHaveLength(count * config.bottleneck);
          expect(cosine(found, (await expected).subarray(0, found.length))).toBeGreaterThan(agreement);
        }
      },
    );
  },
);

describe.each(STUDENTS.filter(({ form }) => form === 'float32' || form === 'int8-bottleneck'))(
  '$config.size $config.pooling $config.input $config.quantization as ONNX',
  ({ config }) => {
    it('agrees with the definition in onnxruntime, for any number of windows', async () => {
      const weights = trainedLike(config);
      const file = await exportStudentOnnx({ config, weights, name: 'student', provenance: {} });
      const session = await InferenceSession.create(file);
      for (const count of [1, 3]) {
        const windows = logMelWindows(count);
        const { embedding } = await session.run({
          log_mel: new Tensor('float32', windows, [count, 96, 64, 1]),
        });
        expect(embedding.dims).toEqual([count, config.bottleneck]);
        const data = embedding.data as Float32Array;
        expect(cosine(data, await defined(config, weights, windows))).toBeGreaterThan(0.999_99);
      }
      await session.release();
    });
  },
);

describe('an exported student', () => {
  const weights = trainedLike(TINY);

  it('says what it is', async () => {
    const file = await exported(TINY, weights, { name: 'a student', provenance: { teacher: 'TRILL' } });
    expect(readModelMetadata(file)).toEqual({
      format: 1,
      name: 'a student',
      input: 'log-mel',
      frontend: FRILL_FRONTEND,
      embeddingSize: 32,
      provenance: { teacher: 'TRILL', student: TINY, form: 'float32' },
    });
  });

  it('has nothing before its first convolution, which standardises too', async () => {
    const { subgraphs } = readTflite(await exported(TINY, weights, {}));
    for (const { inputs, operators, tensors } of subgraphs) {
      const [first] = operators;
      expect(first).toMatchObject({ op: 'CONV_2D', options: { padding: 'SAME' } });
      expect(first.inputs[0]).toBe(inputs[0]);
      expect(tensors[first.inputs[1]].shape).toEqual([16, 3, 3, 1]);
    }
  });

  it('has signatures for 1, 8 and 32 windows, which together cost one set of weights', async () => {
    const one = await exported(TINY, weights, { batches: [1] });
    const three = await exported(TINY, weights, {});
    const { signatures, subgraphs } = readTflite(three);
    expect(signatures.map(({ key }) => key)).toEqual(['b1', 'b8', 'b32']);
    expect(
      signatures.map(({ subgraph, inputs, outputs }) => [
        subgraphs[subgraph].tensors[inputs.log_mel].shape,
        subgraphs[subgraph].tensors[outputs.embedding].shape,
      ]),
    ).toEqual(
      [1, 8, 32].map((batch) => [
        [batch, 96, 64, 1],
        [batch, 32],
      ]),
    );
    expect(three.length - one.length).toBeLessThan(60_000);
  });

  it('holds the codes and scales of quantisation-aware training, also below 8 bits', async () => {
    const config: StudentConfig = { ...TINY, quantization: 'aware' };
    const file = await exported(config, weights, { form: 'int8-bottleneck', bits: 5 });
    const kernels = readTflite(file).subgraphs[0].tensors.filter(({ type }) => type === 'int8');
    const kernel = weights.get('bottleneck/kernel');
    const [ins, outs] = kernel?.shape ?? [];
    expect(kernels.map(({ shape }) => shape)).toEqual([[outs, ins]]);
    const [{ data, quantization }] = kernels;
    const scales = channelScales(tensor([ins, outs], kernel?.data), 5);
    expect(quantization?.scales).toEqual([...scales]);
    const codes = new Int8Array(data?.slice().buffer ?? new ArrayBuffer(0));
    for (let i = 0; i < ins; i++)
      for (let o = 0; o < outs; o++)
        expect(codes[o * ins + i] - quantise(kernel?.data[i * outs + o] ?? 0, scales[o], 5)).toBe(0);
  });

  describe.each([
    { form: 'float32', required: 0.999_99 },
    { form: 'int8', required: 0.97 },
  ] as const)('with the front end inside, as $form', ({ form, required }) => {
    const stream = random('audio');
    const audio = Float32Array.from(
      { length: 15_600 },
      (_, i) => 0.2 * Math.sin(i * i * 2e-5) + stream.normal(0, 0.01),
    );
    const file = exported(TINY, weights, { input: 'waveform', form, calibration: logMelWindows(8) });
    const expected = async () =>
      defined(TINY, weights, (await loadFrontend()).logMel(audio).data.subarray(0, WINDOW));

    it('takes samples', async () => {
      const model = await loadModel(await file);
      expect(model.signatures.b1.inputs[0]).toMatchObject({ name: 'audio', shape: [1, 15_600] });
      expect(model.metadata).toMatchObject({ input: 'waveform', embeddingSize: 32 });
      const { embedding } = await model.run({ audio });
      model.close();
      expect(cosine(embedding, await expected())).toBeGreaterThan(required);
    });

    it.skipIf(!native)('takes samples in native TensorFlow Lite (where that is installed)', async () => {
      const model = native?.load(await file);
      const [embedding] = model?.run([audio]) ?? [];
      model?.close();
      expect(cosine(embedding, await expected())).toBeGreaterThan(required);
    });
  });

  it('is refused where weights are missing, of another student, or do not suit the form', async () => {
    const without = new Map([...weights].filter(([name]) => name !== 'bottleneck/bias'));
    await expect(exported(TINY, without, {})).rejects.toThrow(/bottleneck\/bias/);
    await expect(exported({ ...TINY, width: 1 }, weights, {})).rejects.toThrow(ModelError);
    await expect(exported(TINY, weights, { form: 'int8-bottleneck' })).rejects.toThrow(/int8-weight/);
    await expect(exported(TINY, weights, { form: 'int8' })).rejects.toThrow(/calibrate/);
  });
});
