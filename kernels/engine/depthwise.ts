/**
 * A depthwise convolution: each channel with a small kernel of its own. Taps that fall outside the image are skipped,
 * not multiplied by zeros: on a map of 3 x 2 pixels they are three quarters of a 5x5 kernel. Sixteen channels at a time.
 * AssemblyScript; the plain definition is packages/frill-audio/src/engine/kernels/depthwise.ts.
 */
import { activate, multiplyAdd } from './arithmetic';

/**
 * One image [rows, columns, channels] -> [outRows, outColumns, channels]; `channels` is a multiple of 4. `weights` are
 * the biases [channels], then the kernel [windowRows, windowColumns, channels].
 */
export function depthwise(
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
  activation: i32,
): void {
  const pixel = channels << 2;
  const row = pixel * <usize>columns;
  const kernel = weights + pixel;
  const kernelRow = pixel * <usize>windowColumns;
  for (let i = 0; i < outRows; i++) {
    const y = i * strideRows - top;
    const firstTapRow = max<i32>(0, -y);
    const tapRows = min<i32>(windowRows, rows - y) - firstTapRow;
    for (let j = 0; j < outColumns; j++) {
      const x = j * strideColumns - left;
      const firstTap = max<i32>(0, -x);
      const tapBytes = <usize>(min<i32>(windowColumns, columns - x) - firstTap) * pixel;
      const from = input + <usize>(y + firstTapRow) * row + <usize>(x + firstTap) * pixel;
      const with_ = kernel + <usize>firstTapRow * kernelRow + <usize>firstTap * pixel;
      let channel: usize = 0;
      for (; channel + 64 <= pixel; channel += 64) {
        let a = v128.load(weights + channel);
        let b = v128.load(weights + channel, 16);
        let c = v128.load(weights + channel, 32);
        let d = v128.load(weights + channel, 48);
        let fromRow = from + channel;
        let withRow = with_ + channel;
        for (let tapRow = 0; tapRow < tapRows; tapRow++) {
          let p = fromRow;
          let w = withRow;
          const end = p + tapBytes;
          while (p < end) {
            a = multiplyAdd(v128.load(p), v128.load(w), a);
            b = multiplyAdd(v128.load(p, 16), v128.load(w, 16), b);
            c = multiplyAdd(v128.load(p, 32), v128.load(w, 32), c);
            d = multiplyAdd(v128.load(p, 48), v128.load(w, 48), d);
            p += pixel;
            w += pixel;
          }
          fromRow += row;
          withRow += kernelRow;
        }
        v128.store(output + channel, activate(a, activation));
        v128.store(output + channel, activate(b, activation), 16);
        v128.store(output + channel, activate(c, activation), 32);
        v128.store(output + channel, activate(d, activation), 48);
      }
      for (; channel < pixel; channel += 16) {
        let a = v128.load(weights + channel);
        let fromRow = from + channel;
        let withRow = with_ + channel;
        for (let tapRow = 0; tapRow < tapRows; tapRow++) {
          let p = fromRow;
          let w = withRow;
          const end = p + tapBytes;
          while (p < end) {
            a = multiplyAdd(v128.load(p), v128.load(w), a);
            p += pixel;
            w += pixel;
          }
          fromRow += row;
          withRow += kernelRow;
        }
        v128.store(output + channel, activate(a, activation));
      }
      output += pixel;
    }
  }
}
