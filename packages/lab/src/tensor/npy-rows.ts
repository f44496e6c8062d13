/** A .npy file written row by row, for arrays that do not fit into memory or whose length is not known in advance. */
import type { FileHandle } from 'node:fs/promises';
import { npyHeader } from './npy.js';
import type { Shape } from './tensor.js';

/** Rows are gathered to about this many bytes for each write. */
const WRITE_BYTES = 1 << 20;

/**
 * Writes float32 rows of shape `row` as one array [rows, ...row]. Each item holds any number of whole rows.
 * Returns the number of rows.
 */
export async function writeNpyRows(
  file: FileHandle,
  row: Shape,
  items: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<number> {
  // The header's length does not depend on the number of rows, so it can be put right at the end.
  const placeholder = npyHeader([0, ...row], '<f4');
  await file.write(placeholder, 0, placeholder.length, 0);
  const rowValues = row.reduce((product, extent) => product * extent, 1);
  let position = placeholder.length;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const flush = async () => {
    await file.write(Buffer.concat(waiting), 0, waitingBytes, position);
    position += waitingBytes;
    waiting = [];
    waitingBytes = 0;
  };
  for await (const item of items) {
    if (item.length % rowValues !== 0)
      throw new RangeError(`${item.length} values are not whole rows of [${row}]`);
    waiting.push(Buffer.from(item.buffer, item.byteOffset, item.byteLength));
    waitingBytes += item.byteLength;
    if (waitingBytes >= WRITE_BYTES) await flush();
  }
  await flush();
  const rows = (position - placeholder.length) / (4 * rowValues);
  const header = npyHeader([rows, ...row], '<f4');
  if (header.length !== placeholder.length) throw new RangeError(`${rows} rows outgrow the header`);
  await file.write(header, 0, header.length, 0);
  return rows;
}
