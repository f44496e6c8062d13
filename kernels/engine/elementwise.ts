/**
 * What no layer could take into itself: sums and products of two tensors, or of a tensor and a vector that repeats.
 * AssemblyScript; the plain definitions are packages/frill-audio/src/engine/kernels/elementwise.ts.
 */
import { activate } from './arithmetic';

/** `count` and `period`, the floats after which `b` begins again, are multiples of 4. */
export function add(a: usize, b: usize, count: usize, period: usize, output: usize, activation: i32): void {
  const end = output + (count << 2);
  while (output < end)
    for (let at: usize = 0; at < period << 2; at += 16) {
      v128.store(output, activate(f32x4.add(v128.load(a), v128.load(b + at)), activation));
      a += 16;
      output += 16;
    }
}

export function multiply(
  a: usize,
  b: usize,
  count: usize,
  period: usize,
  output: usize,
  activation: i32,
): void {
  const end = output + (count << 2);
  while (output < end)
    for (let at: usize = 0; at < period << 2; at += 16) {
      v128.store(output, activate(f32x4.mul(v128.load(a), v128.load(b + at)), activation));
      a += 16;
      output += 16;
    }
}

/** Each of `rows` rows over its length, sqrt(max(sum of squares, epsilon)); `columns` is a multiple of 4. */
export function normaliseRows(input: usize, rows: usize, columns: usize, output: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < columns << 2; at += 16) {
      const x = v128.load(input + at);
      sum = f32x4.add(sum, f32x4.mul(x, x));
    }
    const square =
      f32x4.extract_lane(sum, 0) +
      f32x4.extract_lane(sum, 1) +
      f32x4.extract_lane(sum, 2) +
      f32x4.extract_lane(sum, 3);
    const scale = f32x4.splat(1 / sqrt<f32>(max<f32>(square, 1e-6)));
    for (let at: usize = 0; at < columns << 2; at += 16)
      v128.store(output + at, f32x4.mul(v128.load(input + at), scale));
    input += columns << 2;
    output += columns << 2;
  }
}
