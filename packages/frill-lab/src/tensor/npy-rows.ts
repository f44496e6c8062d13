/** A .npy file written row by row, for arrays that do not fit into memory or whose length is not known in advance. */
import { npyHeader } from './npy.js';
import type { Shape } from './tensor.js';

/** What is needed of a FileHandle. */
export interface PositionedFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** Rows are gathered to about this many bytes for each write. */
const WRITE_BYTES = 1 << 20;

/**
 * Writes float32 rows of shape `row` as one array [rows, ...row]. Each item holds any number of whole rows.
 * Returns the number of rows.
 */
export async function writeNpyRows(
  file: PositionedFile,
  row: Shape,
  items: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<number> {
  // The header's length does not depend on the number of rows, so it can be put right at the end.
  const placeholder = npyHeader([0, ...row], '<f4');
  await writeFully(file, placeholder, 0);
  const rowValues = row.reduce((product, extent) => product * extent, 1);
  let position = placeholder.length;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const flush = async () => {
    await writeFully(file, Buffer.concat(waiting), position);
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
  await writeFully(file, header, 0);
  return rows;
}

/** Writes until all is written: one write may write a part and call that a success when the disk is full; the next one fails. */
async function writeFully(file: PositionedFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}
