/**
 * What a core can do at most, for `npm run bench -- layers` to measure the engine's layers by: products and sums without a load, and
 * loads without a product. AssemblyScript.
 */
import { multiplyAdd } from './engine/arithmetic';

/** `rounds` times 48 products with sums, in twelve vectors that do not wait for one another. */
export function products(rounds: i32, factor: f32): f32 {
  const a = f32x4.splat(factor);
  const b = f32x4.splat(1 - factor);
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
    s0 = multiplyAdd(s0, a, b);
    s1 = multiplyAdd(s1, a, b);
    s2 = multiplyAdd(s2, a, b);
    s3 = multiplyAdd(s3, a, b);
    s4 = multiplyAdd(s4, a, b);
    s5 = multiplyAdd(s5, a, b);
    s6 = multiplyAdd(s6, a, b);
    s7 = multiplyAdd(s7, a, b);
    s8 = multiplyAdd(s8, a, b);
    s9 = multiplyAdd(s9, a, b);
    s10 = multiplyAdd(s10, a, b);
    s11 = multiplyAdd(s11, a, b);
  }
  const even = f32x4.add(f32x4.add(f32x4.add(s0, s2), f32x4.add(s4, s6)), f32x4.add(s8, s10));
  const odd = f32x4.add(f32x4.add(f32x4.add(s1, s3), f32x4.add(s5, s7)), f32x4.add(s9, s11));
  return f32x4.extract_lane(f32x4.add(even, odd), 0);
}

/** The same of int16: `rounds` times 96 products, two of them summed at once. */
export function integerProducts(rounds: i32, factor: i32): i32 {
  const a = i16x8.splat(i16(factor));
  let s0 = a;
  let s1 = a;
  let s2 = a;
  let s3 = a;
  let s4 = a;
  let s5 = a;
  let s6 = a;
  let s7 = a;
  let s8 = a;
  let s9 = a;
  let s10 = a;
  let s11 = a;
  for (let round = 0; round < rounds; round++) {
    s0 = i32x4.add(i32x4.dot_i16x8_s(s0, a), a);
    s1 = i32x4.add(i32x4.dot_i16x8_s(s1, a), a);
    s2 = i32x4.add(i32x4.dot_i16x8_s(s2, a), a);
    s3 = i32x4.add(i32x4.dot_i16x8_s(s3, a), a);
    s4 = i32x4.add(i32x4.dot_i16x8_s(s4, a), a);
    s5 = i32x4.add(i32x4.dot_i16x8_s(s5, a), a);
    s6 = i32x4.add(i32x4.dot_i16x8_s(s6, a), a);
    s7 = i32x4.add(i32x4.dot_i16x8_s(s7, a), a);
    s8 = i32x4.add(i32x4.dot_i16x8_s(s8, a), a);
    s9 = i32x4.add(i32x4.dot_i16x8_s(s9, a), a);
    s10 = i32x4.add(i32x4.dot_i16x8_s(s10, a), a);
    s11 = i32x4.add(i32x4.dot_i16x8_s(s11, a), a);
  }
  const even = i32x4.add(i32x4.add(i32x4.add(s0, s2), i32x4.add(s4, s6)), i32x4.add(s8, s10));
  const odd = i32x4.add(i32x4.add(i32x4.add(s1, s3), i32x4.add(s5, s7)), i32x4.add(s9, s11));
  return i32x4.extract_lane(i32x4.add(even, odd), 0);
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
