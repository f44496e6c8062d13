/**
 * The convolution in integers: as convolution.ts, with int16 values, int8 kernels and int32 sums. Two numbers of a run are multiplied and
 * added at once (`dot_i16x8`), so that a product costs half of what it costs in float32.
 *
 * Its results are int16 codes in a network of int8, and floats where only the weights are int8: there each pixel was turned into
 * codes by `quantiseRows`, and its unit lies before them.
 *
 * Kernels lie in panels of eight channels: eight biases, int32 or float32 as the results, eight float32 units, then for each pair of
 * numbers of a run sixteen int8, the pair of the first channel, that of the second, and so on. Runs of odd length end in a zero.
 * AssemblyScript; the plain definitions are convolution.ts and rounding.ts in packages/frill-audio/src/engine/kernels.
 */
import { activate, multiplyAdd } from './arithmetic';
import { lowerFloats, readRounding, residualUnit, round, swish, upperFloats } from './integer-arithmetic';

let segments: usize = 0;
let segmentStep: usize = 0;
let runBytes: usize = 0;
let outBytes: usize = 0;
/** Of integers whether there is a hard swish, of floats which activation. */
let activation: i32 = 0;
/** Whether half of the panel's channels are behind the last; only of floats. */
let half: bool = false;

/** As `convolution`, in int16; `length` is even, `outs` a multiple of 8, steps in bytes. */
export function integerConvolution(
  input: usize,
  rows: usize,
  rowStep: usize,
  pixels: usize,
  pixelStep: usize,
  segments_: usize,
  segmentStep_: usize,
  length: usize,
  weights: usize,
  outs: usize,
  output: usize,
  residual: usize,
  swishes: i32,
  rounding: usize,
): void {
  segments = segments_;
  segmentStep = segmentStep_;
  runBytes = length << 1;
  outBytes = outs << 1;
  activation = swishes;
  readRounding(rounding);
  panels<i16>(input, rows, rowStep, pixels, pixelStep, weights, output, residual);
}

/**
 * The same with results in float32, of a dense layer or a pointwise convolution. `input` is the first code of the first pixel,
 * `outs` a multiple of 4, and `residual` and results are floats.
 */
export function convolutionInt8Weights(
  input: usize,
  pixels: usize,
  pixelStep: usize,
  length: usize,
  weights: usize,
  outs: usize,
  output: usize,
  residual: usize,
  activation_: i32,
): void {
  segments = 1;
  segmentStep = 0;
  runBytes = length << 1;
  outBytes = outs << 2;
  activation = activation_;
  panels<f32>(input, 1, 0, pixels, pixelStep, weights, output, residual);
}

function panels<T>(
  input: usize,
  rows: usize,
  rowStep: usize,
  pixels: usize,
  pixelStep: usize,
  weights: usize,
  output: usize,
  residual: usize,
): void {
  const panelBytes = 64 + ((segments * runBytes) << 2);
  const step: usize = sizeof<T>() << 3;
  for (let channel: usize = 0; channel < outBytes; channel += step) {
    half = channel + step > outBytes;
    let y = output + channel;
    let r = residual ? residual + channel : 0;
    let row = input;
    for (let i: usize = 0; i < rows; i++) {
      let x = row;
      let left = pixels;
      // Of eight, four and four: single pixels would load all weights twice more.
      while (left >= 6 && left !== 8) {
        six<T>(x, pixelStep, weights, y, r);
        x += pixelStep * 6;
        y += outBytes * 6;
        if (r) r += outBytes * 6;
        left -= 6;
      }
      while (left >= 4) {
        four<T>(x, pixelStep, weights, y, r);
        x += pixelStep * 4;
        y += outBytes * 4;
        if (r) r += outBytes * 4;
        left -= 4;
      }
      while (left > 0) {
        one<T>(x, weights, y, r);
        x += pixelStep;
        y += outBytes;
        if (r) r += outBytes;
        left--;
      }
      row += rowStep;
    }
    weights += panelBytes;
  }
}

/** Eight sums to eight results; `x` is where the pixel's codes begin. */
function finish<T>(sumA: v128, sumB: v128, panel: usize, x: usize, y: usize, residual: usize): void {
  if (isFloat<T>()) toFloats(sumA, sumB, panel, x, y, residual);
  else toCodes(sumA, sumB, panel, y, residual);
}

/** Unit of pixel and channel, bias, what is to be added, activation. */
function toFloats(sumA: v128, sumB: v128, panel: usize, x: usize, y: usize, residual: usize): void {
  const pixel = v128.load32_splat(x - 4);
  const units = f32x4.mul(pixel, v128.load(panel, 32));
  let a = multiplyAdd(f32x4.convert_i32x4_s(sumA), units, v128.load(panel));
  if (residual) a = f32x4.add(a, v128.load(residual));
  v128.store(y, activate(a, activation));
  if (half) return;
  const upperUnits = f32x4.mul(pixel, v128.load(panel, 48));
  let b = multiplyAdd(f32x4.convert_i32x4_s(sumB), upperUnits, v128.load(panel, 16));
  if (residual) b = f32x4.add(b, v128.load(residual, 16));
  v128.store(y, activate(b, activation), 16);
}

/** Bias, unit, what is to be added, hard swish, rounding. */
function toCodes(sumA: v128, sumB: v128, panel: usize, y: usize, residual: usize): void {
  let a = f32x4.mul(f32x4.convert_i32x4_s(i32x4.add(sumA, v128.load(panel))), v128.load(panel, 32));
  let b = f32x4.mul(f32x4.convert_i32x4_s(i32x4.add(sumB, v128.load(panel, 16))), v128.load(panel, 48));
  if (residual) {
    const codes = v128.load(residual);
    a = f32x4.add(a, f32x4.mul(lowerFloats(codes), residualUnit));
    b = f32x4.add(b, f32x4.mul(upperFloats(codes), residualUnit));
  }
  if (activation) {
    a = swish(a);
    b = swish(b);
  }
  v128.store(y, i16x8.narrow_i32x4_s(round(a), round(b)));
}

function six<T>(x: usize, pixelStep: usize, panel: usize, y: usize, residual: usize): void {
  let x0 = x;
  let x1 = x0 + pixelStep;
  let x2 = x1 + pixelStep;
  let x3 = x2 + pixelStep;
  let x4 = x3 + pixelStep;
  let x5 = x4 + pixelStep;
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let a4 = a0;
  let a5 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let b4 = a0;
  let b5 = a0;
  let w = panel + 64;
  const skip = segmentStep - runBytes;
  for (let segment: usize = 0; segment < segments; segment++) {
    const end = x0 + runBytes;
    while (x0 < end) {
      const wa = v128.load_ext<i8>(w);
      const wb = v128.load_ext<i8>(w, 8);
      let pair = v128.load32_splat(x0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, wa));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x1);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, wa));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x2);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(pair, wa));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x3);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(pair, wa));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x4);
      a4 = i32x4.add(a4, i32x4.dot_i16x8_s(pair, wa));
      b4 = i32x4.add(b4, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x5);
      a5 = i32x4.add(a5, i32x4.dot_i16x8_s(pair, wa));
      b5 = i32x4.add(b5, i32x4.dot_i16x8_s(pair, wb));
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      x4 += 4;
      x5 += 4;
      w += 16;
    }
    x0 += skip;
    x1 += skip;
    x2 += skip;
    x3 += skip;
    x4 += skip;
    x5 += skip;
  }
  const step = outBytes;
  const next = residual ? step : 0;
  finish<T>(a0, b0, panel, x0, y, residual);
  finish<T>(a1, b1, panel, x1, y + step, residual + next);
  finish<T>(a2, b2, panel, x2, y + step * 2, residual + next * 2);
  finish<T>(a3, b3, panel, x3, y + step * 3, residual + next * 3);
  finish<T>(a4, b4, panel, x4, y + step * 4, residual + next * 4);
  finish<T>(a5, b5, panel, x5, y + step * 5, residual + next * 5);
}

function four<T>(x: usize, pixelStep: usize, panel: usize, y: usize, residual: usize): void {
  let x0 = x;
  let x1 = x0 + pixelStep;
  let x2 = x1 + pixelStep;
  let x3 = x2 + pixelStep;
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let w = panel + 64;
  const skip = segmentStep - runBytes;
  for (let segment: usize = 0; segment < segments; segment++) {
    const end = x0 + runBytes;
    while (x0 < end) {
      const wa = v128.load_ext<i8>(w);
      const wb = v128.load_ext<i8>(w, 8);
      let pair = v128.load32_splat(x0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, wa));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x1);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, wa));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x2);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(pair, wa));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(pair, wb));
      pair = v128.load32_splat(x3);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(pair, wa));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(pair, wb));
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      w += 16;
    }
    x0 += skip;
    x1 += skip;
    x2 += skip;
    x3 += skip;
  }
  const step = outBytes;
  const next = residual ? step : 0;
  finish<T>(a0, b0, panel, x0, y, residual);
  finish<T>(a1, b1, panel, x1, y + step, residual + next);
  finish<T>(a2, b2, panel, x2, y + step * 2, residual + next * 2);
  finish<T>(a3, b3, panel, x3, y + step * 3, residual + next * 3);
}

/** One pixel, two pairs of its run at once. */
function one<T>(x: usize, panel: usize, y: usize, residual: usize): void {
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let w = panel + 64;
  for (let segment: usize = 0; segment < segments; segment++) {
    const end = x + runBytes;
    const twos = x + (runBytes & ~7);
    while (x < twos) {
      let pair = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(w)));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(w, 8)));
      pair = v128.load32_splat(x, 4);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(w, 16)));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(w, 24)));
      x += 8;
      w += 32;
    }
    if (x < end) {
      const pair = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(w)));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(w, 8)));
      x += 4;
      w += 16;
    }
    x += segmentStep - runBytes;
  }
  finish<T>(i32x4.add(a0, a1), i32x4.add(b0, b1), panel, x, y, residual);
}
