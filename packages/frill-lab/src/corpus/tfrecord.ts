/**
 * TFRecord framing: length (uint64), CRC of the length, data, CRC of the data, all little endian; the CRCs are CRC32C
 * (Castagnoli, RFC 3720) in TensorFlow's masked form. TensorBoard's event files use the same framing.
 */
import { InputError } from 'frill-audio';

/** Bytes around the data of one record. */
const BEFORE = 12;
const AFTER = 4;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC32C of some bytes, as an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** TensorFlow's mask, which keeps the CRC of data that holds CRCs from degenerating. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record as it lies in the file. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(BEFORE + data.length + AFTER);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, BEFORE);
  view.setUint32(BEFORE + data.length, maskedCrc32c(data), true);
  return record;
}

/** The records of a whole file's bytes. Throws InputError for foreign, damaged or truncated bytes. */
export function* unframeRecords(bytes: Uint8Array, where = 'TFRecord bytes'): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (what: string, offset: number) =>
    new InputError({ what: `${what} (byte ${offset})`, where, remedy: 'Copy or make the file again' });
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + BEFORE > bytes.length) throw refuse('truncated record', offset);
    if (view.getUint32(offset + 8, true) !== maskedCrc32c(bytes.subarray(offset, offset + 8)))
      throw refuse('not a TFRecord file, or damaged', offset);
    const length = Number(view.getBigUint64(offset, true));
    const start = offset + BEFORE;
    if (start + length + AFTER > bytes.length) throw refuse('truncated record', offset);
    const data = bytes.subarray(start, start + length);
    if (view.getUint32(start + length, true) !== maskedCrc32c(data)) throw refuse('damaged record', offset);
    yield data;
    offset = start + length + AFTER;
  }
}
