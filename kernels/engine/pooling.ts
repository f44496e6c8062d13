/**
 * Averages over an image, largest values of windows, products by channel.
 * AssemblyScript; the plain definitions are packages/frill-audio/src/engine/kernels/pooling.ts.
 */

/** [pixels, channels] -> [channels], the mean; `channels` is a multiple of 4. */
export function averagePool(input: usize, pixels: usize, channels: usize, output: usize): void {
  const pixel = channels << 2;
  const share = f32x4.splat(1 / f32(pixels));
  const end = pixel * pixels;
  for (let channel: usize = 0; channel < pixel; channel += 16) {
    let sum = f32x4.splat(0);
    const from = input + channel;
    for (let at: usize = 0; at < end; at += pixel) sum = f32x4.add(sum, v128.load(from + at));
    v128.store(output + channel, f32x4.mul(sum, share));
  }
}

/** The largest of each window, one image [rows, columns, channels]; what lies outside the image does not count. */
export function maxPool(
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
  output: usize,
  outRows: i32,
  outColumns: i32,
): void {
  const pixel = channels << 2;
  for (let i = 0; i < outRows; i++) {
    const firstRow = max<i32>(0, i * strideRows - top);
    const endRow = min<i32>(rows, i * strideRows - top + windowRows);
    for (let j = 0; j < outColumns; j++) {
      const firstColumn = max<i32>(0, j * strideColumns - left);
      const endColumn = min<i32>(columns, j * strideColumns - left + windowColumns);
      for (let channel: usize = 0; channel < pixel; channel += 16) {
        let largest = f32x4.splat(-Infinity);
        for (let row = firstRow; row < endRow; row++) {
          let from = input + <usize>(row * columns + firstColumn) * pixel + channel;
          for (let column = firstColumn; column < endColumn; column++) {
            largest = f32x4.pmax(largest, v128.load(from));
            from += pixel;
          }
        }
        v128.store(output + channel, largest);
      }
      output += pixel;
    }
  }
}

/** Every pixel times the gate [channels], in place or elsewhere. */
export function scaleChannels(
  input: usize,
  pixels: usize,
  channels: usize,
  gate: usize,
  output: usize,
): void {
  const pixel = channels << 2;
  for (let i: usize = 0; i < pixels; i++) {
    for (let channel: usize = 0; channel < pixel; channel += 16)
      v128.store(output + channel, f32x4.mul(v128.load(input + channel), v128.load(gate + channel)));
    input += pixel;
    output += pixel;
  }
}
