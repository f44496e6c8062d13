import { describe, expect, test } from 'vitest';
import { BUILDS, bench } from '../../../../../testing/engine-kernels.js';
import { random } from '../../../../frill-lab/src/tensor/random.js';
import { ACTIVATION } from '../step.js';
import { activated } from './activations.js';
import { depthwiseSums } from './depthwise.js';
import { averages, largest } from './pooling.js';
import { code } from './rounding.js';

const stream = random('engine/depthwise');
const normals = (length: number) => Float32Array.from({ length }, () => stream.normal());
const integers = (length: number, most: number) =>
  Int16Array.from({ length }, () => stream.integer(2 * most + 1) - most);

const square = (taps: number, stride: number, margin: number) => ({
  rows: taps,
  columns: taps,
  strideRows: stride,
  strideColumns: stride,
  top: margin,
  left: margin,
});

/** Image, window, map of the result. */
const SHAPES = [
  [[9, 7, 24], square(3, 1, 1), [9, 7]],
  [[12, 8, 72], square(3, 2, 0), [6, 4]],
  [[6, 4, 40], square(5, 1, 2), [6, 4]],
  [[6, 4, 96], square(5, 2, 1), [3, 2]],
  [[3, 2, 8], square(5, 1, 2), [3, 2]],
] as const;

describe.each(Object.keys(BUILDS) as (keyof typeof BUILDS)[])('in the %s build', (build) => {
  test.each(SHAPES)('%j under %j', (image, window, map) => {
    const { kernels, memory, put, floats, shorts } = bench(build);
    const [rows, columns, channels] = image;
    const [outRows, outColumns] = map;
    const taps = window.rows * window.columns * channels;
    const size = outRows * outColumns * channels;
    const geometry = [
      window.rows,
      window.columns,
      window.strideRows,
      window.strideColumns,
      window.top,
      window.left,
    ] as const;

    const input = normals(rows * columns * channels);
    const weights = normals(channels + taps);
    const output = memory.reserve(4 * size);
    kernels.depthwise(
      put(input),
      rows,
      columns,
      channels,
      ...geometry,
      put(weights),
      output,
      outRows,
      outColumns,
      ACTIVATION.HARD_SWISH,
    );
    const sums = depthwiseSums(input, image, weights.subarray(channels), window, map);
    for (const [i, found] of floats(output, size).entries())
      expect(found).toBeCloseTo(activated(sums[i] + weights[i % channels], 'HARD_SWISH'), 4);

    const codes = integers(rows * columns * channels, 255);
    const kernel = integers(taps, 127);
    const packed = new Int32Array(2 * channels + taps / 2);
    const biases = integers(channels, 5000);
    packed.set(biases);
    new Float32Array(packed.buffer, 4 * channels, channels).fill(1e-3);
    new Int16Array(packed.buffer, 8 * channels).set(kernel);
    const shortOutput = memory.reserve(2 * size);
    const rounding = put(Float32Array.of(-128, 127, 1, 0));
    kernels.integerDepthwise(
      put(codes),
      rows,
      columns,
      channels,
      ...geometry,
      put(packed),
      shortOutput,
      outRows,
      outColumns,
      0,
      rounding,
    );
    const whole = depthwiseSums(codes, image, kernel, window, map);
    for (const [i, found] of shorts(shortOutput, size).entries()) {
      const real = (whole[i] + biases[i % channels]) * Math.fround(1e-3);
      const isBetween = Math.abs((Math.abs(real) % 1) - 0.5) < 1e-3;
      expect(Math.abs(found - code(real, -128, 127))).toBeLessThanOrEqual(isBetween ? 1 : 0);
    }
  });

  test('pools keep the mean and the largest', () => {
    const { kernels, memory, put, floats, shorts } = bench(build);
    const image = [7, 5, 16] as const;
    const input = normals(7 * 5 * 16);
    const means = memory.reserve(4 * 16);
    kernels.averagePool(put(input), 35, 16, means);
    const expected = averages(input, 35, 16);
    for (const [i, found] of floats(means, 16).entries()) expect(found).toBeCloseTo(expected[i], 5);

    const window = square(3, 2, 1);
    const most = memory.reserve(4 * 4 * 3 * 16);
    kernels.maxPool(put(input), 7, 5, 16, 3, 3, 2, 2, 1, 1, most, 4, 3);
    expect([...floats(most, 4 * 3 * 16)]).toEqual([...largest(input, image, window, [4, 3])]);

    const codes = integers(7 * 5 * 16, 255);
    const shortMeans = memory.reserve(2 * 16);
    kernels.integerAveragePool(put(codes), 35, 16, shortMeans, put(Float32Array.of(-128, 127, 0.7 / 35, 0)));
    const exact = averages(codes, 35, 16);
    for (const [i, found] of shorts(shortMeans, 16).entries())
      expect(Math.abs(found - 0.7 * exact[i])).toBeLessThanOrEqual(0.501);
  });
});
