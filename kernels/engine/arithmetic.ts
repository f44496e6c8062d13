/** What several kernels of the engine compute with. AssemblyScript. */

/** Activations, as numbers that packages/frill-audio/src/engine/step.ts gives. */
export const RELU = 1;
export const RELU6 = 2;
export const HARD_SWISH = 3;

/** `a b + c` in float32, in one step where the host has relaxed SIMD. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** `pmin` and `pmax` are one instruction, `min` and `max` several; a NaN in `x` stays one. */
export function activate(x: v128, activation: i32): v128 {
  if (activation === 0) return x;
  const zero = f32x4.splat(0);
  if (activation === RELU) return f32x4.pmax(x, zero);
  const six = f32x4.splat(6);
  if (activation === RELU6) return f32x4.pmin(f32x4.pmax(x, zero), six);
  const gate = f32x4.pmin(f32x4.pmax(f32x4.add(x, f32x4.splat(3)), zero), six);
  return f32x4.mul(f32x4.mul(x, gate), f32x4.splat(f32(1.0 / 6.0)));
}
