/**
 * From int32 sums to what the int8 kernels hand on: codes less their zero point, in int16, which leaves zeros for padding and
 * pairs for `dot_i16x8`. AssemblyScript.
 */

/** Bounds of a code less its zero point, and the units of hard swish and of what is added; see `Rounding`. */
export let low: v128 = f32x4.splat(0);
export let high: v128 = f32x4.splat(0);
export let unit: v128 = f32x4.splat(0);
export let residualUnit: v128 = f32x4.splat(0);

/** Four floats: low, high, unit, residual unit. */
export function readRounding(at: usize): void {
  low = v128.load32_splat(at);
  high = v128.load32_splat(at, 4);
  unit = v128.load32_splat(at, 8);
  residualUnit = v128.load32_splat(at, 12);
}

/** `x relu6(x + 3)` in units of the output; the 1/6 is in the kernels that follow. */
export function swish(x: v128): v128 {
  const gate = f32x4.pmin(f32x4.pmax(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0)), f32x4.splat(6));
  return f32x4.mul(f32x4.mul(x, gate), unit);
}

/** The nearest integer within the bounds. */
export function round(x: v128): v128 {
  return nearest(f32x4.pmin(f32x4.pmax(x, low), high));
}

/** The nearest integer, ties to even: what is below 2^22 has no bits left behind 1.5 * 2^23. */
export function nearest(x: v128): v128 {
  return i32x4.sub(f32x4.add(x, f32x4.splat(12582912)), i32x4.splat(0x4b400000));
}

/** Four of eight int16 as floats. */
export function lowerFloats(codes: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(codes));
}

export function upperFloats(codes: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(codes));
}
