/** The discrete Fourier transform in float64, radix 2: the textbook's, for the definition of the front end. */

/**
 * Transforms `re + i im` in place: X[k] = sum over n of x[n] exp(-2 pi i k n / N). N must be a power of two.
 * Source: Cooley and Tukey 1965, decimation in time.
 */
export function fourierTransform(re: Float64Array, im: Float64Array): void {
  const length = re.length;
  reverseBits(re);
  reverseBits(im);
  for (let size = 2; size <= length; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const cosine = Math.cos(angle);
      const sine = Math.sin(angle);
      for (let even = k; even < length; even += size) {
        const odd = even + half;
        const oddRe = re[odd] * cosine - im[odd] * sine;
        const oddIm = re[odd] * sine + im[odd] * cosine;
        re[odd] = re[even] - oddRe;
        im[odd] = im[even] - oddIm;
        re[even] += oddRe;
        im[even] += oddIm;
      }
    }
  }
}

/** Swaps the elements whose indexes are each other's bits in reverse order. */
function reverseBits(values: Float64Array): void {
  for (let i = 1, j = 0; i < values.length; i++) {
    let bit = values.length >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) [values[i], values[j]] = [values[j], values[i]];
  }
}
