/**
 * The log-mel front end in one pass: window, real Fourier transform, magnitude, mel bands, logarithm. AssemblyScript;
 * pointers are byte offsets into the imported memory; packages/frill-audio/src/frontend/kernel.ts lays the tables out.
 *
 * Four frames are computed at once, one in each lane of a vector: every line is the scalar algorithm of one frame, no
 * lane ever meets another, and so a frame's result does not depend on its neighbours.
 *
 * The transform of 2M real samples is one of M complex numbers, z[n] = x[2n] + i x[2n+1], by Stockham's radix-4
 * passes, which need no bit reversal (C. Van Loan, "Computational Frameworks for the FFT", section 1.7).
 */

let windowLength: usize = 0;
let hopBytes: usize = 0;
/** M, a power of two. */
let complexLength: usize = 0;
let bands: usize = 0;
/** `windowLength` floats. */
let windowTable: usize = 0;
/** w, w^2, w^3 for each pass and p, as the passes read them; see `transform`. */
let passTwiddles: usize = 0;
/** exp(-2 pi i k / 2M) for k = 0 ... M / 2, as pairs. */
let splitTwiddles: usize = 0;
/** First bin and number of bins of each band, int32 pairs. */
let bandRanges: usize = 0;
/** Weights of all bands one after another. */
let bandWeights: usize = 0;
/** Two buffers of M complex vectors: 2 x 32 M bytes. The magnitudes, M + 1 vectors, go where there is room. */
let work: usize = 0;
let magnitudes: usize = 0;
let floor: v128 = f32x4.splat(0);
let offset: v128 = f32x4.splat(0);

export function configure(
  windowLength_: usize,
  hopLength_: usize,
  complexLength_: usize,
  bands_: usize,
  windowTable_: usize,
  passTwiddles_: usize,
  splitTwiddles_: usize,
  bandRanges_: usize,
  bandWeights_: usize,
  work_: usize,
  magnitudes_: usize,
  floor_: f32,
  offset_: f32,
): void {
  windowLength = windowLength_;
  hopBytes = hopLength_ << 2;
  complexLength = complexLength_;
  bands = bands_;
  windowTable = windowTable_;
  passTwiddles = passTwiddles_;
  splitTwiddles = splitTwiddles_;
  bandRanges = bandRanges_;
  bandWeights = bandWeights_;
  work = work_;
  magnitudes = magnitudes_;
  floor = f32x4.splat(floor_);
  offset = f32x4.splat(offset_);
}

/**
 * `groups` times four frames. Samples must be there for all of them, and `output` takes 4 x groups x bands floats.
 */
export function logMel(samples: usize, groups: usize, output: usize): void {
  for (let group: usize = 0; group < groups; group++) {
    applyWindow(samples);
    takeMagnitudes(transform());
    sumBands(output);
    samples += hopBytes << 2;
    output += bands << 4;
  }
}

/** Four frames times the window, transposed into lanes, and zeros up to 2M. */
function applyWindow(samples: usize): void {
  const second = samples + hopBytes;
  const third = second + hopBytes;
  const fourth = third + hopBytes;
  const vectorised = windowLength & ~3;
  let to = work;
  for (let n: usize = 0; n < vectorised; n += 4) {
    const at = n << 2;
    const weights = v128.load(windowTable + at);
    const a = f32x4.mul(v128.load(samples + at), weights);
    const b = f32x4.mul(v128.load(second + at), weights);
    const c = f32x4.mul(v128.load(third + at), weights);
    const d = f32x4.mul(v128.load(fourth + at), weights);
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
    v128.store(to + 16, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
    v128.store(to + 32, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
    v128.store(to + 48, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
    to += 64;
  }
  for (let n = vectorised; n < windowLength; n++) {
    const at = n << 2;
    const weight = load<f32>(windowTable + at);
    v128.store(
      to,
      f32x4(
        load<f32>(samples + at) * weight,
        load<f32>(second + at) * weight,
        load<f32>(third + at) * weight,
        load<f32>(fourth + at) * weight,
      ),
    );
    to += 16;
  }
  memory.fill(to, 0, work + (complexLength << 5) - to);
}

/** Transforms the first work buffer and returns where the result is: that buffer or the second. */
function transform(): usize {
  let from = work;
  let to = work + (complexLength << 5);
  let twiddles = passTwiddles;
  // Bytes of one complex vector: 32. `stride` counts the interleaved transforms of `length` points each.
  let length = complexLength;
  let stride: usize = 32;
  while (length >= 4) {
    const quarter = length >> 2;
    const leap = stride * quarter;
    for (let p: usize = 0; p < quarter; p++) {
      const re1 = v128.load32_splat(twiddles);
      const im1 = v128.load32_splat(twiddles, 4);
      const re2 = v128.load32_splat(twiddles, 8);
      const im2 = v128.load32_splat(twiddles, 12);
      const re3 = v128.load32_splat(twiddles, 16);
      const im3 = v128.load32_splat(twiddles, 20);
      twiddles += 24;
      let x = from + stride * p;
      let y = to + stride * (p << 2);
      const end = x + stride;
      for (; x < end; x += 32, y += 32) {
        const xb = x + leap;
        const xc = xb + leap;
        const xd = xc + leap;
        const aRe = v128.load(x);
        const aIm = v128.load(x, 16);
        const bRe = v128.load(xb);
        const bIm = v128.load(xb, 16);
        const cRe = v128.load(xc);
        const cIm = v128.load(xc, 16);
        const dRe = v128.load(xd);
        const dIm = v128.load(xd, 16);
        const sumACRe = f32x4.add(aRe, cRe);
        const sumACIm = f32x4.add(aIm, cIm);
        const sumBDRe = f32x4.add(bRe, dRe);
        const sumBDIm = f32x4.add(bIm, dIm);
        const lessACRe = f32x4.sub(aRe, cRe);
        const lessACIm = f32x4.sub(aIm, cIm);
        // i (b - d)
        const turnRe = f32x4.sub(dIm, bIm);
        const turnIm = f32x4.sub(bRe, dRe);
        const y1 = y + stride;
        const y2 = y1 + stride;
        const y3 = y2 + stride;
        v128.store(y, f32x4.add(sumACRe, sumBDRe));
        v128.store(y, f32x4.add(sumACIm, sumBDIm), 16);
        const e1Re = f32x4.sub(lessACRe, turnRe);
        const e1Im = f32x4.sub(lessACIm, turnIm);
        v128.store(y1, f32x4.sub(f32x4.mul(e1Re, re1), f32x4.mul(e1Im, im1)));
        v128.store(y1, f32x4.add(f32x4.mul(e1Re, im1), f32x4.mul(e1Im, re1)), 16);
        const e2Re = f32x4.sub(sumACRe, sumBDRe);
        const e2Im = f32x4.sub(sumACIm, sumBDIm);
        v128.store(y2, f32x4.sub(f32x4.mul(e2Re, re2), f32x4.mul(e2Im, im2)));
        v128.store(y2, f32x4.add(f32x4.mul(e2Re, im2), f32x4.mul(e2Im, re2)), 16);
        const e3Re = f32x4.add(lessACRe, turnRe);
        const e3Im = f32x4.add(lessACIm, turnIm);
        v128.store(y3, f32x4.sub(f32x4.mul(e3Re, re3), f32x4.mul(e3Im, im3)));
        v128.store(y3, f32x4.add(f32x4.mul(e3Re, im3), f32x4.mul(e3Im, re3)), 16);
      }
    }
    length = quarter;
    stride <<= 2;
    const done = from;
    from = to;
    to = done;
  }
  if (length === 2) {
    for (let q: usize = 0; q < stride; q += 16) {
      const a = v128.load(from + q);
      const b = v128.load(from + q + stride);
      v128.store(to + q, f32x4.add(a, b));
      v128.store(to + q + stride, f32x4.sub(a, b));
    }
    return to;
  }
  return from;
}

/**
 * Magnitudes of the 2M-point spectrum from the M-point one, two bins at a time: with E = (Z[k] + conj Z[M-k]) / 2,
 * O = (Z[k] - conj Z[M-k]) / 2i and W = exp(-2 pi i k / 2M), X[k] = E + W O and |X[M-k]| = |E - W O|. The window table
 * carries the halves.
 */
function takeMagnitudes(spectrum: usize): void {
  const two = f32x4.splat(2);
  const firstRe = v128.load(spectrum);
  const firstIm = v128.load(spectrum, 16);
  v128.store(magnitudes, f32x4.mul(two, f32x4.abs(f32x4.add(firstRe, firstIm))));
  v128.store(magnitudes + (complexLength << 4), f32x4.mul(two, f32x4.abs(f32x4.sub(firstRe, firstIm))));
  for (let k: usize = 1; k <= complexLength >> 1; k++) {
    const low = spectrum + (k << 5);
    const high = spectrum + ((complexLength - k) << 5);
    const lowRe = v128.load(low);
    const lowIm = v128.load(low, 16);
    const highRe = v128.load(high);
    const highIm = v128.load(high, 16);
    const evenRe = f32x4.add(lowRe, highRe);
    const evenIm = f32x4.sub(lowIm, highIm);
    const oddRe = f32x4.add(lowIm, highIm);
    const oddIm = f32x4.sub(highRe, lowRe);
    const re = v128.load32_splat(splitTwiddles + (k << 3));
    const im = v128.load32_splat(splitTwiddles + (k << 3), 4);
    const turnedRe = f32x4.sub(f32x4.mul(oddRe, re), f32x4.mul(oddIm, im));
    const turnedIm = f32x4.add(f32x4.mul(oddRe, im), f32x4.mul(oddIm, re));
    const sumRe = f32x4.add(evenRe, turnedRe);
    const sumIm = f32x4.add(evenIm, turnedIm);
    const lessRe = f32x4.sub(evenRe, turnedRe);
    const lessIm = f32x4.sub(evenIm, turnedIm);
    v128.store(
      magnitudes + (k << 4),
      f32x4.sqrt(f32x4.add(f32x4.mul(sumRe, sumRe), f32x4.mul(sumIm, sumIm))),
    );
    v128.store(
      magnitudes + ((complexLength - k) << 4),
      f32x4.sqrt(f32x4.add(f32x4.mul(lessRe, lessRe), f32x4.mul(lessIm, lessIm))),
    );
  }
}

/** Weighted sums of magnitudes, their logarithm, and from lanes back to rows of `output`. */
function sumBands(output: usize): void {
  const row = bands << 2;
  let weights = bandWeights;
  for (let band: usize = 0; band < bands; band++) {
    let bin = magnitudes + ((<usize>load<i32>(bandRanges + (band << 3))) << 4);
    const end = weights + ((<usize>load<i32>(bandRanges + (band << 3), 4)) << 2);
    let sum = f32x4.splat(0);
    for (; weights < end; weights += 4, bin += 16)
      sum = f32x4.add(sum, f32x4.mul(v128.load(bin), v128.load32_splat(weights)));
    const value = logarithm(f32x4.add(f32x4.max(sum, floor), offset));
    const at = output + (band << 2);
    v128.store_lane<f32>(at, value, 0);
    v128.store_lane<f32>(at + row, value, 1);
    v128.store_lane<f32>(at + (row << 1), value, 2);
    v128.store_lane<f32>(at + row * 3, value, 3);
  }
}

/**
 * The natural logarithm of positive normal numbers: x = 2^e m with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh(s) with
 * s = (m - 1) / (m + 1), |s| < 0.172, to the ninth power; the first term left out is below 1e-9.
 */
function logarithm(x: v128): v128 {
  const rootHalf = i32x4.splat(0x3f3504f3);
  const shifted = i32x4.sub(x, rootHalf);
  const exponent = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), rootHalf);
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one));
  const square = f32x4.mul(s, s);
  let series = f32x4.splat(f32(2.0 / 9.0));
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(f32(2.0 / 7.0)));
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(f32(2.0 / 5.0)));
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(f32(2.0 / 3.0)));
  const logMantissa = f32x4.add(f32x4.mul(f32x4.mul(series, square), s), f32x4.add(s, s));
  return f32x4.add(f32x4.mul(exponent, f32x4.splat(f32(Math.LN2))), logMantissa);
}
