/**
 * A convolution over an image that is padded already, as a matrix product in registers. Each output pixel sees
 * `segments` runs of `length` consecutive floats, `segmentStep` bytes apart: one run for a pointwise convolution or a
 * dense layer, one for each row of a larger kernel. Six pixels by eight channels are summed at once, which fills the sixteen
 * vector registers of x86 and keeps its two multipliers busy: twelve products for eight loads.
 *
 * Kernels lie in panels of eight channels: eight biases, then eight weights for each number of the runs. int8 weights have a
 * kernel of their own, in integer-convolution.ts. AssemblyScript; the plain definition is packages/frill-audio/src/engine/kernels/convolution.ts.
 */
import { activate, multiplyAdd } from './arithmetic';

let segments: usize = 0;
let segmentStep: usize = 0;
let runBytes: usize = 0;
let outBytes: usize = 0;
let activation: i32 = 0;

/** `rows` times `pixels` output pixels, each `outs` floats (a multiple of 4) one after another; steps in bytes. */
export function convolution(
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
  activation_: i32,
): void {
  segments = segments_;
  segmentStep = segmentStep_;
  runBytes = length << 2;
  outBytes = outs << 2;
  activation = activation_;
  const panelBytes = 32 + ((segments_ * length) << 5);
  for (let channel: usize = 0; channel < outBytes; channel += 32) {
    let y = output + channel;
    let r = residual ? residual + channel : 0;
    const half = channel + 32 > outBytes;
    let row = input;
    for (let i: usize = 0; i < rows; i++) {
      let x = row;
      let left = pixels;
      // Of eight, four and four: single pixels would load all weights twice more.
      while (left >= 6 && left !== 8) {
        six(x, pixelStep, weights, y, r, half);
        x += pixelStep * 6;
        y += outBytes * 6;
        if (r) r += outBytes * 6;
        left -= 6;
      }
      while (left >= 4) {
        four(x, pixelStep, weights, y, r, half);
        x += pixelStep * 4;
        y += outBytes * 4;
        if (r) r += outBytes * 4;
        left -= 4;
      }
      while (left > 0) {
        one(x, weights, y, r, half);
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

/** Sums to outputs: bias, what is to be added, activation. */
function store(sumA: v128, sumB: v128, panel: usize, y: usize, residual: usize, half: bool): void {
  let a = f32x4.add(sumA, v128.load(panel));
  if (residual) a = f32x4.add(a, v128.load(residual));
  v128.store(y, activate(a, activation));
  if (half) return;
  let b = f32x4.add(sumB, v128.load(panel, 16));
  if (residual) b = f32x4.add(b, v128.load(residual, 16));
  v128.store(y, activate(b, activation), 16);
}

function six(x: usize, pixelStep: usize, panel: usize, y: usize, residual: usize, half: bool): void {
  let x0 = x;
  let x1 = x0 + pixelStep;
  let x2 = x1 + pixelStep;
  let x3 = x2 + pixelStep;
  let x4 = x3 + pixelStep;
  let x5 = x4 + pixelStep;
  let a0 = f32x4.splat(0);
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
  let w = panel + 32;
  const skip = segmentStep - runBytes;
  for (let segment: usize = 0; segment < segments; segment++) {
    const end = x0 + runBytes;
    while (x0 < end) {
      const wa = v128.load(w);
      const wb = v128.load(w, 16);
      let value = v128.load32_splat(x0);
      a0 = multiplyAdd(value, wa, a0);
      b0 = multiplyAdd(value, wb, b0);
      value = v128.load32_splat(x1);
      a1 = multiplyAdd(value, wa, a1);
      b1 = multiplyAdd(value, wb, b1);
      value = v128.load32_splat(x2);
      a2 = multiplyAdd(value, wa, a2);
      b2 = multiplyAdd(value, wb, b2);
      value = v128.load32_splat(x3);
      a3 = multiplyAdd(value, wa, a3);
      b3 = multiplyAdd(value, wb, b3);
      value = v128.load32_splat(x4);
      a4 = multiplyAdd(value, wa, a4);
      b4 = multiplyAdd(value, wb, b4);
      value = v128.load32_splat(x5);
      a5 = multiplyAdd(value, wa, a5);
      b5 = multiplyAdd(value, wb, b5);
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      x4 += 4;
      x5 += 4;
      w += 32;
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
  store(a0, b0, panel, y, residual, half);
  store(a1, b1, panel, y + step, residual + next, half);
  store(a2, b2, panel, y + step * 2, residual + next * 2, half);
  store(a3, b3, panel, y + step * 3, residual + next * 3, half);
  store(a4, b4, panel, y + step * 4, residual + next * 4, half);
  store(a5, b5, panel, y + step * 5, residual + next * 5, half);
}

function four(x: usize, pixelStep: usize, panel: usize, y: usize, residual: usize, half: bool): void {
  let x0 = x;
  let x1 = x0 + pixelStep;
  let x2 = x1 + pixelStep;
  let x3 = x2 + pixelStep;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let w = panel + 32;
  const skip = segmentStep - runBytes;
  for (let segment: usize = 0; segment < segments; segment++) {
    const end = x0 + runBytes;
    while (x0 < end) {
      const wa = v128.load(w);
      const wb = v128.load(w, 16);
      let value = v128.load32_splat(x0);
      a0 = multiplyAdd(value, wa, a0);
      b0 = multiplyAdd(value, wb, b0);
      value = v128.load32_splat(x1);
      a1 = multiplyAdd(value, wa, a1);
      b1 = multiplyAdd(value, wb, b1);
      value = v128.load32_splat(x2);
      a2 = multiplyAdd(value, wa, a2);
      b2 = multiplyAdd(value, wb, b2);
      value = v128.load32_splat(x3);
      a3 = multiplyAdd(value, wa, a3);
      b3 = multiplyAdd(value, wb, b3);
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      w += 32;
    }
    x0 += skip;
    x1 += skip;
    x2 += skip;
    x3 += skip;
  }
  const step = outBytes;
  const next = residual ? step : 0;
  store(a0, b0, panel, y, residual, half);
  store(a1, b1, panel, y + step, residual + next, half);
  store(a2, b2, panel, y + step * 2, residual + next * 2, half);
  store(a3, b3, panel, y + step * 3, residual + next * 3, half);
}

/** One pixel: four numbers of its run at once, so that sums do not wait for one another. */
function one(x: usize, panel: usize, y: usize, residual: usize, half: bool): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  let w = panel + 32;
  for (let segment: usize = 0; segment < segments; segment++) {
    const end = x + runBytes;
    const fours = x + (runBytes & ~15);
    while (x < fours) {
      let value = v128.load32_splat(x);
      a0 = multiplyAdd(value, v128.load(w), a0);
      b0 = multiplyAdd(value, v128.load(w, 16), b0);
      value = v128.load32_splat(x, 4);
      a1 = multiplyAdd(value, v128.load(w, 32), a1);
      b1 = multiplyAdd(value, v128.load(w, 48), b1);
      value = v128.load32_splat(x, 8);
      a2 = multiplyAdd(value, v128.load(w, 64), a2);
      b2 = multiplyAdd(value, v128.load(w, 80), b2);
      value = v128.load32_splat(x, 12);
      a3 = multiplyAdd(value, v128.load(w, 96), a3);
      b3 = multiplyAdd(value, v128.load(w, 112), b3);
      x += 16;
      w += 128;
    }
    while (x < end) {
      const value = v128.load32_splat(x);
      a0 = multiplyAdd(value, v128.load(w), a0);
      b0 = multiplyAdd(value, v128.load(w, 16), b0);
      x += 4;
      w += 32;
    }
    x += segmentStep - runBytes;
  }
  a0 = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
  b0 = f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3));
  store(a0, b0, panel, y, residual, half);
}
