import { readFileSync } from 'node:fs';
import { ModelError } from 'frill-audio';
import { describe, expect, it } from 'vitest';
import { sharedPath, withShared } from '../../../../testing/shared.js';
import { studentCost } from '../models/count.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import type { StudentConfig } from '../models/student-config.js';
import { exportStudent } from './export-student.js';
import type { Form } from './forms.js';
import { inspectModel } from './inspect.js';

const STUDENT: StudentConfig = {
  size: 'tiny',
  width: 0.5,
  pooling: 'gap',
  compression: { kind: 'none' },
  quantization: 'aware',
  bottleneck: 48,
  input: 'rescale',
};
const weights = initialise(buildStudent(STUDENT, { batch: 1, mode: 'inference' }).graph, 'inspect');

async function inspected(form: Form, input: 'log-mel' | 'waveform' = 'log-mel') {
  const calibration = new Float32Array(96 * 64).map((_, i) => Math.sin(i));
  const provenance = { teacher: 'none' };
  return inspectModel(
    await exportStudent({
      config: STUDENT,
      weights,
      form,
      name: 'a student',
      provenance,
      input,
      calibration,
    }),
  );
}

describe('inspecting an exported student', () => {
  it('counts what arithmetic says it costs', async () => {
    const cost = studentCost(STUDENT);
    const { parameters, multiplyAccumulates, bytes, operators, otherBytes } = await inspected('float32');
    expect(parameters).toBe(cost.foldedParameters);
    expect(multiplyAccumulates).toBe(cost.multiplyAccumulates);
    expect(bytes - cost.bytes).toBeGreaterThan(0);
    expect(otherBytes + operators.reduce((sum, each) => sum + each.bytes, 0)).toBe(bytes);
  });

  it('says how to call it and where it comes from', async () => {
    const { signatures, metadata, minimumRuntime } = await inspected('float32');
    expect(signatures.map(({ name }) => name)).toEqual(['b1', 'b8', 'b32']);
    expect(signatures[1]).toEqual({
      name: 'b8',
      inputs: [{ name: 'log_mel', type: 'float32', shape: [8, 96, 64, 1] }],
      outputs: [{ name: 'embedding', type: 'float32', shape: [8, 48] }],
    });
    expect(metadata).toMatchObject({ name: 'a student', provenance: { teacher: 'none', form: 'float32' } });
    expect(minimumRuntime).toBe('2.5.0');
  });

  it.each([
    ['float32', 'none'],
    ['int8-bottleneck', 'int8 kernels, float32 activations'],
    ['int8-weight', 'int8 kernels, float32 activations'],
    ['int8', 'int8 activations'],
  ] as const)('names the quantisation of %s, and XNNPACK runs all of it', async (form, quantization) => {
    const inspection = await inspected(form);
    expect(inspection.quantization).toBe(quantization);
    expect(inspection.undelegated).toEqual([]);
    expect(inspection.parameters).toBe(studentCost(STUDENT).foldedParameters);
  });

  it('warns of float16, which LiteRT.js is slow at', async () => {
    const { quantization, undelegated } = await inspected('float16');
    expect(quantization).toBe('float16 kernels');
    expect(undelegated).toMatchObject([{ op: 'DEQUANTIZE', reason: expect.stringContaining('LiteRT.js') }]);
  });

  it('names what XNNPACK leaves of a front end inside the file', async () => {
    const { undelegated, entries } = await inspected('float32', 'waveform');
    expect(undelegated.map(({ op }) => op).sort()).toEqual(['COMPLEX_ABS', 'GATHER', 'RFFT2D']);
    expect(entries).toContain('TFLITE_METADATA');
  });
});

withShared('inspecting YAMNet', 'data/models/yamnet_scores_embedding1024.tflite', () => {
  it('reads a file that Frill did not write', () => {
    const bytes = readFileSync(sharedPath('data/models/yamnet_scores_embedding1024.tflite'));
    const { signatures, metadata, multiplyAccumulates, quantization, undelegated } = inspectModel(bytes);
    expect(signatures).toHaveLength(1);
    expect(signatures[0].inputs[0].shape).toEqual([1, 15_600]);
    expect(metadata).toBeUndefined();
    // The published 69.2 million, and 26.8 million of a Fourier transform written as a matrix product.
    expect(multiplyAccumulates / 1e6).toBeCloseTo(96, 0);
    expect(quantization).toBe('int8 kernels, float32 activations');
    expect(undelegated.map(({ op }) => op)).toContain('GATHER');
  });
});

describe('a file that is no model', () => {
  it.each([
    ['empty', new Uint8Array()],
    ['text', new TextEncoder().encode('frill')],
    ['zeros', new Uint8Array(1_000)],
    ['a header alone', new Uint8Array([28, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33])],
  ])('is refused: %s', (_, bytes) => {
    expect(() => inspectModel(bytes, 'x.tflite')).toThrow(ModelError);
  });

  it('is refused wherever it is cut', async () => {
    const file = await exportStudent({
      config: STUDENT,
      weights,
      form: 'float32',
      name: '',
      provenance: {},
      batches: [1],
    });
    for (const part of [0.01, 0.3, 0.6, 0.9, 0.999])
      expect(() => inspectModel(file.subarray(0, Math.floor(part * file.length)))).toThrow(ModelError);
  });
});
