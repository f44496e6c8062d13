/**
 * The depthwise convolution in integers: as depthwise.ts, with int16 values and kernels and int32 sums. Two taps that are
 * neighbours in a row are interleaved, so that `dot_i16x8` multiplies and adds both.
 * AssemblyScript; the plain definition is packages/frill-audio/src/engine/kernels/integer-depthwise.ts.
 */
import { readRounding, round, swish } from './integer-arithmetic';

/**
 * One image [rows, columns, channels] -> [outRows, outColumns, channels]; `channels` is a multiple of 8. `weights` are int32
 * biases [channels], float32 units [channels], then the int16 kernel [windowRows, windowColumns, channels].
 */
export function integerDepthwise(
  input: usize,
  rows: i32,
  columns: i32,
  channels: usize,
  windowRows: i32,
  windowColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  top: i32,
  left: i32,
  weights: usize,
  output: usize,
  outRows: i32,
  outColumns: i32,
  swishes: i32,
  rounding: usize,
): void {
  readRounding(rounding);
  const pixel = channels << 1;
  const row = pixel * <usize>columns;
  const units = weights + (channels << 2);
  const kernel = weights + (channels << 3);
  const kernelRow = pixel * <usize>windowColumns;
  for (let i = 0; i < outRows; i++) {
    const y = i * strideRows - top;
    const firstTapRow = max<i32>(0, -y);
    const tapRows = min<i32>(windowRows, rows - y) - firstTapRow;
    for (let j = 0; j < outColumns; j++) {
      const x = j * strideColumns - left;
      const firstTap = max<i32>(0, -x);
      const taps = min<i32>(windowColumns, columns - x) - firstTap;
      const from = input + <usize>(y + firstTapRow) * row + <usize>(x + firstTap) * pixel;
      const with_ = kernel + <usize>firstTapRow * kernelRow + <usize>firstTap * pixel;
      for (let channel: usize = 0; channel < pixel; channel += 16) {
        let a = v128.load(weights + (channel << 1));
        let b = v128.load(weights + (channel << 1), 16);
        let fromRow = from + channel;
        let withRow = with_ + channel;
        for (let tapRow = 0; tapRow < tapRows; tapRow++) {
          let p = fromRow;
          let w = withRow;
          let tap = 1;
          for (; tap < taps; tap += 2) {
            const p0 = v128.load(p);
            const p1 = v128.load(p + pixel);
            const w0 = v128.load(w);
            const w1 = v128.load(w + pixel);
            a = i32x4.add(a, i32x4.dot_i16x8_s(lowerPairs(p0, p1), lowerPairs(w0, w1)));
            b = i32x4.add(b, i32x4.dot_i16x8_s(upperPairs(p0, p1), upperPairs(w0, w1)));
            p += pixel << 1;
            w += pixel << 1;
          }
          if (tap === taps) {
            const p0 = v128.load(p);
            const w0 = v128.load(w);
            a = i32x4.add(a, i32x4.extmul_low_i16x8_s(p0, w0));
            b = i32x4.add(b, i32x4.extmul_high_i16x8_s(p0, w0));
          }
          fromRow += row;
          withRow += kernelRow;
        }
        let c = f32x4.mul(f32x4.convert_i32x4_s(a), v128.load(units + (channel << 1)));
        let d = f32x4.mul(f32x4.convert_i32x4_s(b), v128.load(units + (channel << 1), 16));
        if (swishes) {
          c = swish(c);
          d = swish(d);
        }
        v128.store(output + channel, i16x8.narrow_i32x4_s(round(c), round(d)));
      }
      output += pixel;
    }
  }
}

function lowerPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function upperPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
