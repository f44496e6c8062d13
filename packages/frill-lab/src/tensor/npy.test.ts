import { describe, expect, test } from 'vitest';
import { goldenPath } from '../../../../testing/golden.js';
import { decodeNpy, encodeNpy, readNpy } from './npy.js';

test('what is written is read back, in either precision', () => {
  for (const data of [Float32Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 2, 3, 4, 5, 6)]) {
    const file = encodeNpy({ shape: [2, 3], data });
    expect(decodeNpy(file)).toEqual({ shape: [2, 3], data: Float64Array.from(data) });
  }
});

test.each([
  ['foreign bytes', new Uint8Array(64), 'not a .npy file'],
  ['cut short', encodeNpy({ shape: [9], data: new Float64Array(9) }).subarray(0, 140), 'truncated'],
])('%s are refused', (_title, bytes, message) => {
  expect(() => decodeNpy(bytes, 'x.npy')).toThrow(message);
});

describe('files written by numpy', () => {
  test('shape and values', () => {
    const { shape, data } = readNpy(goldenPath('frontend/hann_400.npy'));
    expect(shape).toEqual([400]);
    expect(data[200]).toBe(1);
  });
});
