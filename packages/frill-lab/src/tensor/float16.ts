/** IEEE 754 binary16 in storage: 11 bits of precision in half the space. Rounds half to even; overflow becomes infinity. */

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

/** The 16 bits of the nearest half-precision number. */
export function toFloat16(value: number): number {
  asFloat[0] = value;
  const word = bits[0];
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0);
  // 2^-14 and up: rebias the exponent, then round the 13 bits that fall off.
  if (magnitude >= 0x38800000) {
    const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1);
    return sign | Math.min(rounded >>> 13, 0x7c00);
  }
  // Subnormal: a multiple of 2^-24. Adding 0.5 in float32 rounds to that multiple, half to even.
  bits[0] = magnitude;
  asFloat[0] = asFloat[0] + 0.5;
  return sign | (bits[0] - 0x3f000000);
}

let decoded: Float32Array | undefined;

/** The values of all 65,536 half-precision numbers, by their bits (256 KiB, made once). */
export function float16Values(): Float32Array {
  decoded ??= Float32Array.from({ length: 0x10000 }, (_unused, half) => {
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 0x1f
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1024 + fraction) * 2 ** (exponent - 25);
    return half & 0x8000 ? -magnitude : magnitude;
  });
  return decoded;
}
