/**
 * What a core can do at most, for `npm run bench -- layers` to measure the engine's layers by: products and sums without a load, and
 * loads without a product. AssemblyScript.
 */
import { multiplyAdd } from './engine/arithmetic';

/** `rounds` times 48 products of float32 with sums. */
export function products(rounds: i32, factor: f32): f32 {
  return f32x4.extract_lane(sums<f32>(rounds, f32x4.splat(factor), f32x4.splat(1 - factor)), 0);
}

/** `rounds` times 96 products of int16, two of them summed at once. */
export function integerProducts(rounds: i32, factor: i32): i32 {
  const a = i16x8.splat(i16(factor));
  return i32x4.extract_lane(sums<i16>(rounds, a, a), 0);
}

/** Sums in twelve vectors that do not wait for one another. */
function sums<T>(rounds: i32, a: v128, b: v128): v128 {
  let s0 = b;
  let s1 = b;
  let s2 = b;
  let s3 = b;
  let s4 = b;
  let s5 = b;
  let s6 = b;
  let s7 = b;
  let s8 = b;
  let s9 = b;
  let s10 = b;
  let s11 = b;
  for (let round = 0; round < rounds; round++) {
    s0 = sum<T>(s0, a, b);
    s1 = sum<T>(s1, a, b);
    s2 = sum<T>(s2, a, b);
    s3 = sum<T>(s3, a, b);
    s4 = sum<T>(s4, a, b);
    s5 = sum<T>(s5, a, b);
    s6 = sum<T>(s6, a, b);
    s7 = sum<T>(s7, a, b);
    s8 = sum<T>(s8, a, b);
    s9 = sum<T>(s9, a, b);
    s10 = sum<T>(s10, a, b);
    s11 = sum<T>(s11, a, b);
  }
  // Whatever comes of them: so that none is left out.
  const even = v128.xor(v128.xor(v128.xor(s0, s2), v128.xor(s4, s6)), v128.xor(s8, s10));
  const odd = v128.xor(v128.xor(v128.xor(s1, s3), v128.xor(s5, s7)), v128.xor(s9, s11));
  return v128.xor(even, odd);
}

function sum<T>(s: v128, a: v128, b: v128): v128 {
  return isFloat<T>() ? multiplyAdd(s, a, b) : i32x4.add(i32x4.dot_i16x8_s(s, a), b);
}

/** Reads `bytes` (a multiple of 64) from `from` on. */
export function loads(from: usize, bytes: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at = from; at < from + bytes; at += 64) {
    s0 = f32x4.add(s0, v128.load(at));
    s1 = f32x4.add(s1, v128.load(at, 16));
    s2 = f32x4.add(s2, v128.load(at, 32));
    s3 = f32x4.add(s3, v128.load(at, 48));
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), 0);
}
