import { describe, expect, test } from 'vitest';
import { BUILDS, bench } from '../../../../../testing/engine-kernels.js';
import { random } from '../../../../frill-lab/src/tensor/random.js';
import { PanelPacker } from '../panels.js';
import { ACTIVATION, type Activation } from '../step.js';
import { activated } from './activations.js';
import { type ConvolutionGeometry, convolutionSums } from './convolution.js';
import { largestCode, rowsOfCodes } from './integer-convolution.js';
import { code } from './rounding.js';

const stream = random('engine/convolution');
const normals = (length: number, deviation = 1) =>
  Float32Array.from({ length }, () => stream.normal(0, deviation));
const integers = (length: number, most: number) =>
  Array.from({ length }, () => stream.integer(2 * most + 1) - most);

/** A kernel [outs, rows, columns, channels] over an image of `width` columns: pixels and outputs that are odd and even. */
const SHAPES = [
  { title: 'one pixel', outs: 40, rows: 1, columns: 1, channels: 24, pixels: 1, strides: 1 },
  { title: 'five pixels', outs: 12, rows: 1, columns: 1, channels: 20, pixels: 5, strides: 1 },
  { title: 'eight pixels', outs: 24, rows: 1, columns: 1, channels: 32, pixels: 8, strides: 1 },
  { title: 'eleven pixels', outs: 16, rows: 1, columns: 1, channels: 36, pixels: 11, strides: 1 },
  { title: 'a stem', outs: 16, rows: 3, columns: 3, channels: 1, pixels: 13, strides: 2 },
  { title: 'a 3x3 of stride 1', outs: 8, rows: 3, columns: 3, channels: 8, pixels: 7, strides: 1 },
] as const;

describe.each(Object.keys(BUILDS) as (keyof typeof BUILDS)[])('in the %s build', (build) => {
  describe.each(SHAPES)('$title', ({ outs, rows, columns, channels, pixels, strides }) => {
    const outRows = rows === 1 ? 1 : 3;
    const geometry = (stride: number): ConvolutionGeometry => {
      const width = (pixels - 1) * strides + columns;
      return {
        rows: outRows,
        rowStep: strides * width * stride,
        pixels,
        pixelStep: strides * stride,
        segments: rows,
        segmentStep: width * stride,
        length: columns * stride,
      };
    };
    const inputSize = (stride: number) =>
      ((outRows - 1) * strides + rows) * ((pixels - 1) * strides + columns) * stride;
    const taps = rows * columns * channels;

    test.each(['NONE', 'RELU', 'RELU6', 'HARD_SWISH'] as const)('sums as defined, with %s', (activation) => {
      const { kernels, memory, put, floats } = bench(build);
      const { rowStep, pixelStep, segmentStep, length, segments } = geometry(channels);
      const input = normals(inputSize(channels));
      const biases = normals(outs);
      const residual = normals(outRows * pixels * outs);
      const layout = { outs, rows, columns, channels, stride: channels };
      const weights = normals(outs * taps, 0.2);
      const panels = new PanelPacker(memory, kernels).floats(weights, biases, layout);
      const output = memory.reserve(4 * residual.length);
      const bytes = [4 * rowStep, pixels, 4 * pixelStep, segments, 4 * segmentStep] as const;
      const ends = [panels, outs, output, put(residual), ACTIVATION[activation]] as const;
      kernels.convolution(put(input), outRows, ...bytes, length, ...ends);
      const sums = convolutionSums(input, weights, outs, geometry(channels));
      const expected = Float64Array.from(sums, (sum, i) =>
        activated(sum + biases[i % outs] + residual[i], activation),
      );
      expectClose(floats(output, residual.length), expected);
    });

    test.each(['NONE', 'RELU', 'RELU6', 'SWISH'] as const)('in integers, with %s', (activation) => {
      const { kernels, memory, put, shorts } = bench(build);
      const stride = channels === 1 ? 1 : Math.ceil(channels / 8) * 8;
      const { rowStep, pixelStep, segmentStep, length, segments } = geometry(stride);
      const input = Int16Array.from(integers(inputSize(stride), 255));
      const codes = Int8Array.from(integers(outs * taps, 127));
      const biases = Int32Array.from(integers(outs, 20_000));
      const units = Array.from({ length: outs }, () => (activation === 'SWISH' ? 5e-6 : 1e-4));
      const layout = { outs, rows, columns, channels, stride };
      const panels = new PanelPacker(memory, kernels).codes(codes, Float32Array.from(units), biases, layout);
      const outStride = Math.ceil(outs / 8) * 8;
      const output = memory.reserve(2 * outRows * pixels * outStride);
      const [low, high, unit] = [activation === 'NONE' || activation === 'SWISH' ? -100 : 0, 155, 20];
      const rounding = put(Float32Array.of(low, high, unit, 0));
      kernels.integerConvolution(
        put(input),
        outRows,
        2 * rowStep,
        pixels,
        2 * pixelStep,
        segments,
        2 * segmentStep,
        Math.ceil(length / 2) * 2,
        panels,
        outStride,
        output,
        0,
        Number(activation === 'SWISH'),
        rounding,
      );
      // Weights as the input has its channels, filled up.
      const spread = new Float64Array(outs * rows * columns * stride);
      for (const [i, each] of codes.entries())
        spread[Math.floor(i / channels) * stride + (i % channels)] = each;
      const sums = convolutionSums(input, spread, outs, geometry(stride));
      const found = shorts(output, outRows * pixels * outStride);
      for (const [i, sum] of sums.entries()) {
        const real = Math.fround(sum + biases[i % outs]) * units[i % outs];
        const scaled = activation === 'SWISH' ? activated(real, 'SWISH') * unit : real;
        const given = found[Math.floor(i / outs) * outStride + (i % outs)];
        // float32 may round a number that lies between two codes to either.
        expect(Math.abs(given - code(scaled, low, high))).toBeLessThanOrEqual(
          Math.abs((Math.abs(scaled) % 1) - 0.5) < 1e-3 ? 1 : 0,
        );
      }
    });
  });

  const POINTWISE = SHAPES.filter(({ rows }) => rows === 1);
  describe.each(POINTWISE)('of int8 weights, $title', ({ outs, channels, pixels }) => {
    test.each(['NONE', 'RELU', 'RELU6', 'HARD_SWISH'] as const)(
      'sums codes as defined, with %s',
      (activation) => {
        const { kernels, memory, put, floats } = bench(build);
        const input = Int16Array.from(integers(pixels * channels, 32_767));
        const units = Array.from({ length: pixels }, () => 1e-5 * (1 + stream.uniform()));
        const codes = Int8Array.from(integers(outs * channels, 127));
        const scales = Array.from({ length: outs }, () => 0.001 + 0.002 * stream.uniform());
        const biases = normals(outs);
        const residual = normals(pixels * outs);
        const layout = { outs, rows: 1, columns: 1, channels, stride: channels };
        const panels = new PanelPacker(memory, kernels).codes(
          codes,
          Float32Array.from(scales),
          biases,
          layout,
        );
        const pixelBytes = 4 + 2 * channels;
        const rows = memory.reserve(pixels * pixelBytes);
        const view = new DataView(memory.buffer);
        for (const [pixel, unit] of units.entries()) view.setFloat32(rows + pixel * pixelBytes, unit, true);
        for (const [i, each] of input.entries())
          view.setInt16(rows + Math.floor(i / channels) * pixelBytes + 4 + 2 * (i % channels), each, true);
        const output = memory.reserve(4 * residual.length);
        const ends = [panels, outs, output, put(residual), ACTIVATION[activation]] as const;
        kernels.convolutionInt8Weights(rows + 4, pixels, pixelBytes, channels, ...ends);
        const whole = {
          rows: 1,
          rowStep: 0,
          pixels,
          pixelStep: channels,
          segments: 1,
          segmentStep: 0,
          length: channels,
        };
        const sums = convolutionSums(input, codes, outs, whole);
        const expected = Float64Array.from(sums, (sum, i) => {
          const real = sum * units[Math.floor(i / outs)] * scales[i % outs];
          return activated(real + biases[i % outs] + residual[i], activation);
        });
        expectClose(floats(output, residual.length), expected);
      },
    );
  });

  test.each([4, 18, 32])('rows of %i numbers become codes as defined', (columns) => {
    const { kernels, memory, put, shorts, floats } = bench(build);
    const stride = Math.ceil(columns / 4) * 4;
    const rows = 5;
    const input = normals(rows * columns);
    input.fill(0, columns, 2 * columns);
    // What fills a row up is arbitrary, and must not count.
    const spread = new Float32Array(rows * stride).fill(1e9);
    for (let row = 0; row < rows; row++)
      spread.set(input.subarray(row * columns, (row + 1) * columns), row * stride);
    const limit = largestCode(2048);
    const pixelBytes = 4 + 2 * stride;
    const output = memory.reserve(rows * pixelBytes);
    kernels.quantiseRows(put(spread), rows, columns, stride, limit, output, pixelBytes);
    const { codes, units } = rowsOfCodes(input, columns, limit);
    for (let row = 0; row < rows; row++) {
      const at = output + row * pixelBytes;
      expect(floats(at, 1)[0]).toBeCloseTo(units[row], 9);
      expect(shorts(at + 4, columns)).toEqual(codes.slice(row * columns, (row + 1) * columns));
    }
  });

  test('a row with a number that is none has no unit', () => {
    const { kernels, memory, put, floats } = bench(build);
    const output = memory.reserve(16);
    kernels.quantiseRows(put(Float32Array.of(1, Number.NaN, 3, 4)), 1, 4, 4, 100, output, 12);
    expect(floats(output, 1)[0]).toBeNaN();
  });
});

test('the largest code leaves room for every sum', () => {
  expect(largestCode(24)).toBe(32_767);
  for (const length of [512, 576, 1024, 2048, 40_000])
    expect(length * 128 * largestCode(length)).toBeLessThan(2 ** 31);
});

test('activations are numbered as the kernels number them', () => {
  const order: Activation[] = ['NONE', 'RELU', 'RELU6', 'HARD_SWISH'];
  expect(order.map((each) => ACTIVATION[each])).toEqual([0, 1, 2, 3]);
});

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++)
    if (!(Math.abs(found[i] - expected[i]) <= 2e-5 * Math.max(1, Math.abs(expected[i]))))
      expect.fail(`number ${i} is ${found[i]}, not ${expected[i]}`);
}
