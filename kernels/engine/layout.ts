/**
 * Moves numbers without changing them: zeros around an image, other widths of rows.
 * AssemblyScript; the plain definitions are packages/frill-audio/src/engine/kernels/layout.ts.
 */

/** One image of `rows` rows of `rowFloats` into the middle of another, all zeros around it. */
export function pad(
  input: usize,
  rows: usize,
  rowFloats: usize,
  top: usize,
  leftFloats: usize,
  output: usize,
  outRows: usize,
  outRowFloats: usize,
): void {
  const rowBytes = outRowFloats << 2;
  memory.fill(output, 0, top * rowBytes);
  output += top * rowBytes;
  const from = leftFloats << 2;
  const to = from + (rowFloats << 2);
  for (let row: usize = 0; row < rows; row++) {
    for (let at: usize = 0; at < from; at += 4) store<f32>(output + at, 0);
    let at = from;
    for (; at + 16 <= to; at += 16) {
      v128.store(output + at, v128.load(input));
      input += 16;
    }
    for (; at < to; at += 4) {
      store<f32>(output + at, load<f32>(input));
      input += 4;
    }
    for (; at < rowBytes; at += 4) store<f32>(output + at, 0);
    output += rowBytes;
  }
  memory.fill(output, 0, (outRows - rows - top) * rowBytes);
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
    if (++column == columns) {
      column = 0;
      input += stride << 2;
    }
    if (++outColumn == outColumns) {
      for (; outColumn < outStride; outColumn++) store<f32>(output + (outColumn << 2), 0);
      outColumn = 0;
      output += outStride << 2;
    }
  }
}
