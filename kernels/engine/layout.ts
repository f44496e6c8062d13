/**
 * Moves numbers without changing them: zeros around an image, other widths of rows.
 * AssemblyScript; the plain definitions are packages/frill-audio/src/engine/kernels/layout.ts.
 */

/** One image of `rows` rows of `rowBytes` into the middle of another, all zeros around it. All bytes are even. */
export function pad(
  input: usize,
  rows: usize,
  rowBytes: usize,
  top: usize,
  leftBytes: usize,
  output: usize,
  outRows: usize,
  outRowBytes: usize,
): void {
  memory.fill(output, 0, top * outRowBytes);
  output += top * outRowBytes;
  const to = leftBytes + rowBytes;
  for (let row: usize = 0; row < rows; row++) {
    for (let at: usize = 0; at < leftBytes; at += 2) store<i16>(output + at, 0);
    let at = leftBytes;
    for (; at + 16 <= to; at += 16) {
      v128.store(output + at, v128.load(input));
      input += 16;
    }
    for (; at < to; at += 2) {
      store<i16>(output + at, load<i16>(input));
      input += 2;
    }
    for (; at < outRowBytes; at += 2) store<i16>(output + at, 0);
    output += outRowBytes;
  }
  memory.fill(output, 0, (outRows - rows - top) * outRowBytes);
}

/**
 * `count` numbers in rows of `columns` that begin `stride` floats apart, into rows of `outColumns` that begin `outStride` apart.
 */
export function repack(
  input: usize,
  count: usize,
  columns: usize,
  stride: usize,
  output: usize,
  outColumns: usize,
  outStride: usize,
): void {
  let column: usize = 0;
  let outColumn: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    store<f32>(output + (outColumn << 2), load<f32>(input + (column << 2)));
    if (++column === columns) {
      column = 0;
      input += stride << 2;
    }
    if (++outColumn === outColumns) {
      for (; outColumn < outStride; outColumn++) store<f32>(output + (outColumn << 2), 0);
      outColumn = 0;
      output += outStride << 2;
    }
  }
}
