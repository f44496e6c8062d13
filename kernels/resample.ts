/**
 * The dot products of a polyphase filter: float32, SIMD. AssemblyScript; pointers are byte offsets into the imported
 * memory; packages/frill-audio/src/audio/resample/kernel.ts lays the filter bank out.
 *
 * Every output is the same sum in the same order, two vectors of partial sums along the taps, whichever of the functions
 * below computes it. So neither the blocks of the input nor the neighbours of an output change a bit of it.
 */

let up: usize = 0;
let down: usize = 0;
/** Samples, and phases, from one output to the next: down / up as a whole number and a rest. */
let wholeBytes: usize = 0;
let rest: usize = 0;
/** Bytes of one row of the bank; a row is a multiple of eight taps. */
let rowBytes: usize = 0;
let bank: usize = 0;
let bankPhases: usize = 0;

export function configure(up_: usize, down_: usize, taps: usize, bankPhases_: usize, bank_: usize): void {
  up = up_;
  down = down_;
  wholeBytes = (down_ / up_) << 2;
  rest = down_ % up_;
  rowBytes = taps << 2;
  bankPhases = bankPhases_;
  bank = bank_;
}

/** `count` outputs; the filter of the first begins at `input` and has phase `phase` of `up`. */
export function convert(input: usize, phase: usize, count: usize, output: usize): void {
  const interpolates = bankPhases !== up;
  const period = up << 2;
  const leap = down << 2;
  while (count > 0) {
    // Outputs a period apart share their coefficients: four such periods at once where there are as many.
    const four = !interpolates && count >= period;
    const outputs = four ? up : count;
    for (let i: usize = 0; i < outputs; i++) {
      if (four) fourPeriods(bank + phase * rowBytes, input, leap, output, period);
      else if (interpolates) between(input, phase, output);
      else one(bank + phase * rowBytes, input, output);
      output += 4;
      input += wholeBytes;
      phase += rest;
      if (phase >= up) {
        phase -= up;
        input += 4;
      }
    }
    if (four) {
      input += 3 * leap;
      output += 3 * period;
      count -= period;
    } else count = 0;
  }
}

/** Four outputs by one row: inputs `leap` bytes and outputs `period` bytes apart. */
function fourPeriods(row: usize, a: usize, leap: usize, output: usize, period: usize): void {
  const b = a + leap;
  const c = b + leap;
  const d = c + leap;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (let at: usize = 0; at < rowBytes; at += 32) {
    const low = v128.load(row + at);
    const high = v128.load(row + at, 16);
    a0 = f32x4.add(a0, f32x4.mul(low, v128.load(a + at)));
    a1 = f32x4.add(a1, f32x4.mul(high, v128.load(a + at, 16)));
    b0 = f32x4.add(b0, f32x4.mul(low, v128.load(b + at)));
    b1 = f32x4.add(b1, f32x4.mul(high, v128.load(b + at, 16)));
    c0 = f32x4.add(c0, f32x4.mul(low, v128.load(c + at)));
    c1 = f32x4.add(c1, f32x4.mul(high, v128.load(c + at, 16)));
    d0 = f32x4.add(d0, f32x4.mul(low, v128.load(d + at)));
    d1 = f32x4.add(d1, f32x4.mul(high, v128.load(d + at, 16)));
  }
  store<f32>(output, sum(a0, a1));
  output += period;
  store<f32>(output, sum(b0, b1));
  output += period;
  store<f32>(output, sum(c0, c1));
  store<f32>(output + period, sum(d0, d1));
}

function one(row: usize, input: usize, output: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let at: usize = 0; at < rowBytes; at += 32) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(row + at), v128.load(input + at)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(row + at, 16), v128.load(input + at, 16)));
  }
  store<f32>(output, sum(s0, s1));
}

/** An output whose phase lies between two rows, by linear interpolation. */
function between(input: usize, phase: usize, output: usize): void {
  const exact = (<f64>phase / <f64>up) * <f64>bankPhases;
  const below = <usize>exact;
  const fraction = <f32>(exact - <f64>below);
  const row = bank + below * rowBytes;
  const next = row + rowBytes;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  for (let at: usize = 0; at < rowBytes; at += 32) {
    const low = v128.load(input + at);
    const high = v128.load(input + at, 16);
    a0 = f32x4.add(a0, f32x4.mul(low, v128.load(row + at)));
    a1 = f32x4.add(a1, f32x4.mul(high, v128.load(row + at, 16)));
    b0 = f32x4.add(b0, f32x4.mul(low, v128.load(next + at)));
    b1 = f32x4.add(b1, f32x4.mul(high, v128.load(next + at, 16)));
  }
  const a = sum(a0, a1);
  store<f32>(output, a + fraction * (sum(b0, b1) - a));
}

function sum(low: v128, high: v128): f32 {
  const all = f32x4.add(low, high);
  return (
    f32x4.extract_lane(all, 0) +
    f32x4.extract_lane(all, 1) +
    (f32x4.extract_lane(all, 2) + f32x4.extract_lane(all, 3))
  );
}
