/**
 * What is left to do in integers between layers: into and out of int16 codes, means, sums, products by channel.
 * AssemblyScript; rounding is defined in packages/frill-audio/src/engine/kernels/rounding.ts.
 */
import {
  lowerFloats,
  nearest,
  readRounding,
  residualUnit,
  round,
  unit,
  upperFloats,
} from './integer-arithmetic';

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

/**
 * Rows of float32 to rows of codes, each in a unit of its own, which lies before its first code: the largest magnitude becomes
 * `limit`. `columns` are looked at, `stride` (a multiple of 4) are turned into codes; rows of the output are `outBytes` apart.
 */
export function quantiseRows(
  input: usize,
  rows: usize,
  columns: usize,
  stride: usize,
  limit: f32,
  output: usize,
  outBytes: usize,
): void {
  const magnitude = i32x4.splat(0x7fffffff);
  const whole = columns & ~3;
  for (let row: usize = 0; row < rows; row++) {
    // Magnitudes are ordered as their bits are, of which NaN has the largest.
    let most = i32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 4)
      most = i32x4.max_s(most, v128.and(v128.load(input + (at << 2)), magnitude));
    let bits = max(
      max(i32x4.extract_lane(most, 0), i32x4.extract_lane(most, 1)),
      max(i32x4.extract_lane(most, 2), i32x4.extract_lane(most, 3)),
    );
    for (let at = whole; at < columns; at++) bits = max(bits, load<i32>(input + (at << 2)) & 0x7fffffff);
    const largest = reinterpret<f32>(bits);
    store<f32>(output, largest / limit);
    const factor = f32x4.splat(largest > 0 ? limit / largest : 0);
    for (let at: usize = 0; at < stride; at += 4) {
      const codes = nearest(f32x4.mul(v128.load(input + (at << 2)), factor));
      v128.store64_lane(output + 4 + (at << 1), i16x8.narrow_i32x4_s(codes, codes), 0);
    }
    input += stride << 2;
    output += outBytes;
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
