/**
 * Audio bytes to samples. What a file is, is read from its bytes and never from its name: containers are taken apart by
 * `containers/`, one a file, packets are decoded by `codecs/`. docs/audio-formats.md lists what can be read.
 *
 * All scale integers by their largest value (16 bits: 32767).
 */
import type { Audio } from './audio.js';
import { openCodec } from './codecs/open-codec.js';
import { demux } from './containers/sniff.js';
import { type AudioDecoder, decodeWhole, FileDecoder } from './file-decoder.js';

const ALL_FORMATS = { demux, openCodec };

/**
 * Decodes a whole file. One that changes its rate or channels on the way (files joined, a chain of streams) is
 * converted to those it begins with. Integers are divided by their largest value (16 bits: 32767). The rate, in Hz, and the channels
 * are the file's own. docs/audio-formats.md lists what can be read, with the specifications.
 *
 * @param bytes the file's content
 * @param where what errors call it, e.g. its path
 * @throws AudioError if it is empty, not audio, truncated (as far as its format tells), of zero length, of a codec that cannot be decoded, or holds NaN or infinite samples
 */
export function decodeAudio(bytes: Uint8Array | ArrayBuffer, where?: string): Promise<Audio> {
  return decodeWhole(ALL_FORMATS, bytes, where);
}

/** A decoder of one file; `where` is what errors call it. */
export function openDecoder(where?: string): AudioDecoder {
  return new FileDecoder(ALL_FORMATS, where);
}
