/** What the FLAC format (RFC 9639) says that the decoder library does not take care of. */

/** A frame's header is at most this long (section 9.1): sync code to CRC-8. */
const LONGEST_HEADER = 16;

const SYNC_BYTE = 0xff;

/** Samples a channel that a file's STREAMINFO promises; undefined where it does not say. Section 8.2. */
export function flacLength(beginning: Uint8Array): number | undefined {
  const isNative = beginning[0] === 0x66 && beginning.length >= 26;
  if (!isNative) return undefined;
  const low = new DataView(beginning.buffer, beginning.byteOffset).getUint32(22);
  return (beginning[21] & 0x0f) * 2 ** 32 + low || undefined;
}

/**
 * Cuts a file that arrives in pieces of any size into pieces in which every frame header is whole: the library
 * (@audio/decode-flac 1.3.5) misses a frame whose header the end of a piece cuts in two.
 */
export class WholeHeaders {
  #held = new Uint8Array();

  /** The bytes to decode now; those that may be the beginning of a header wait for the next piece. */
  push(piece: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(this.#held.length + piece.length);
    bytes.set(this.#held);
    bytes.set(piece, this.#held.length);
    const near = bytes.indexOf(SYNC_BYTE, Math.max(0, bytes.length - LONGEST_HEADER + 1));
    const end = near < 0 ? bytes.length : near;
    this.#held = bytes.slice(end);
    return bytes.subarray(0, end);
  }

  /** What still waits at the end of the file. */
  rest(): Uint8Array {
    return this.#held;
  }
}
