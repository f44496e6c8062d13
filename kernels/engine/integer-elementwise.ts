/**
 * What is left to do in integers between layers: into and out of int16 codes, means, sums, products by channel.
 * AssemblyScript; the plain definitions are packages/frill-audio/src/engine/kernels/integer-elementwise.ts.
 */
import { lowerFloats, readRounding, residualUnit, round, unit, upperFloats } from './integer-arithmetic';

/** float32 to codes less their zero point; `count` is a multiple of 8. */
export function quantise(input: usize, count: usize, output: usize, rounding: usize): void {
  readRounding(rounding);
  const end = output + (count << 1);
  while (output < end) {
    const a = f32x4.mul(v128.load(input), unit);
    const b = f32x4.mul(v128.load(input, 16), unit);
    v128.store(output, i16x8.narrow_i32x4_s(round(a), round(b)));
    input += 32;
    output += 16;
  }
}

/** Rows of codes to rows of float32; strides in numbers, `columns` is read in eights. */
export function dequantise(
  input: usize,
  rows: usize,
  columns: usize,
  stride: usize,
  output: usize,
  outStride: usize,
  scale: f32,
): void {
  const factor = f32x4.splat(scale);
  for (let row: usize = 0; row < rows; row++) {
    for (let at: usize = 0; at < columns; at += 4) {
      const codes = i32x4.extend_low_i16x8_s(v128.load64_zero(input + (at << 1)));
      v128.store(output + (at << 2), f32x4.mul(f32x4.convert_i32x4_s(codes), factor));
    }
    input += stride << 1;
    output += outStride << 2;
  }
}

/** [pixels, channels] -> [channels]: sums times `unit`, which holds the number of pixels. */
export function integerAveragePool(
  input: usize,
  pixels: usize,
  channels: usize,
  output: usize,
  rounding: usize,
): void {
  readRounding(rounding);
  const pixel = channels << 1;
  const end = pixel * pixels;
  for (let channel: usize = 0; channel < pixel; channel += 16) {
    let a = i32x4.splat(0);
    let b = a;
    const from = input + channel;
    for (let at: usize = 0; at < end; at += pixel) {
      const codes = v128.load(from + at);
      a = i32x4.add(a, i32x4.extend_low_i16x8_s(codes));
      b = i32x4.add(b, i32x4.extend_high_i16x8_s(codes));
    }
    const c = f32x4.mul(f32x4.convert_i32x4_s(a), unit);
    const d = f32x4.mul(f32x4.convert_i32x4_s(b), unit);
    v128.store(output + channel, i16x8.narrow_i32x4_s(round(c), round(d)));
  }
}

/** Every pixel times the gate [channels]. */
export function integerScaleChannels(
  input: usize,
  pixels: usize,
  channels: usize,
  gate: usize,
  output: usize,
  rounding: usize,
): void {
  readRounding(rounding);
  const pixel = channels << 1;
  for (let i: usize = 0; i < pixels; i++) {
    for (let channel: usize = 0; channel < pixel; channel += 16) {
      const codes = v128.load(input + channel);
      const gates = v128.load(gate + channel);
      const a = f32x4.convert_i32x4_s(i32x4.extmul_low_i16x8_s(codes, gates));
      const b = f32x4.convert_i32x4_s(i32x4.extmul_high_i16x8_s(codes, gates));
      v128.store(
        output + channel,
        i16x8.narrow_i32x4_s(round(f32x4.mul(a, unit)), round(f32x4.mul(b, unit))),
      );
    }
    input += pixel;
    output += pixel;
  }
}

/** `a` in `unit` plus `b` in `residualUnit`; `count` is a multiple of 8. */
export function integerAdd(a: usize, b: usize, count: usize, output: usize, rounding: usize): void {
  readRounding(rounding);
  const end = output + (count << 1);
  while (output < end) {
    const p = v128.load(a);
    const q = v128.load(b);
    const c = f32x4.add(f32x4.mul(lowerFloats(p), unit), f32x4.mul(lowerFloats(q), residualUnit));
    const d = f32x4.add(f32x4.mul(upperFloats(p), unit), f32x4.mul(upperFloats(q), residualUnit));
    v128.store(output, i16x8.narrow_i32x4_s(round(c), round(d)));
    a += 16;
    b += 16;
    output += 16;
  }
}
