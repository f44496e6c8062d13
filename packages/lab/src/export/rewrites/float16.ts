/** IEEE 754 half precision, rounded to nearest, ties to even; JavaScript has no such array before Float16Array. */

/** The 16-bit patterns of `values`; beyond 65,504 infinity. */
export function float16Bits(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, half);
}

function half(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude >= 0x7f80_0000) return sign | 0x7c00 | (magnitude > 0x7f80_0000 ? 0x200 : 0);
  if (magnitude >= 0x4780_0000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) {
    // Subnormal: multiples of 2^-24.
    const exponent = magnitude >>> 23;
    if (exponent < 102) return sign;
    const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
    return sign | roundedShift(mantissa, 126 - exponent);
  }
  // A carry out of the mantissa runs into the exponent, which is what rounding up must do.
  return sign | (roundedShift(magnitude, 13) - (112 << 10));
}

/** `value / 2^shift`, ties to even. */
function roundedShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return quotient + (rest > tie || (rest === tie && (quotient & 1) === 1) ? 1 : 0);
}
