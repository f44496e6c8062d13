/**
 * WAV alone, as part of what every app loads: no decoder of compressed sound comes along. decode.ts reads the other formats, and
 * WAV in the same way.
 */
import { AudioError } from '../errors.js';
import type { Audio } from './audio.js';
import type { ByteSource } from './byte-source.js';
import { openAdpcm } from './codecs/adpcm.js';
import type { PacketDecoder } from './codecs/packet-decoder.js';
import { openPcm } from './codecs/pcm.js';
import { skipTag } from './containers/tags.js';
import { demuxWav, isWav } from './containers/wav.js';
import type { Codec, Part } from './demuxer.js';
import { decodeWhole } from './file-decoder.js';

/** The bytes of a WAV file, or what has them: the `File` of an input element, a `Blob`, the `Response` of a fetch. */
export type WavFile = ArrayBuffer | Uint8Array | { arrayBuffer(): Promise<ArrayBuffer> };

/**
 * Decodes a WAV file: integers, floats, A-law, mu-law and IMA ADPCM, any number of channels. Integers are divided by their largest
 * value (16 bits: 32767). The rate is the file's own. Sources: Microsoft, "Multiple channel audio data and WAVE files"; EBU Tech
 * 3306 for files of more than 4 GB.
 *
 * @param file the file's bytes, or what has them
 * @param where what errors call it, e.g. its name
 * @throws AudioError if it is no WAV file, is truncated, holds no samples, or compressed ones, or NaN or infinite samples
 */
export async function decodeWav(file: WavFile, where?: string): Promise<Audio> {
  const bytes =
    typeof file === 'object' && file !== null && 'arrayBuffer' in file ? await file.arrayBuffer() : file;
  return decodeWhole({ demux: demuxWavAlone, openCodec: openUncompressed }, bytes, where);
}

/** Whether it is a file, and not samples. */
export function isFile(sound: unknown): sound is WavFile {
  if (sound instanceof ArrayBuffer || sound instanceof Uint8Array) return true;
  return typeof sound === 'object' && sound !== null && 'arrayBuffer' in sound;
}

function* demuxWavAlone(source: ByteSource): Generator<Part | undefined, void, void> {
  let isFirst = true;
  for (; ; isFirst = false) {
    while (yield* skipTag(source));
    if (!isWav(yield* source.peek(12))) break;
    yield* demuxWav(source);
  }
  if (isFirst)
    throw new AudioError({
      what: 'these bytes are no WAV file',
      remedy:
        'decodeAudio of frill-audio/decode reads other formats; raw 16-bit samples go into an Int16Array',
    });
  // What is left is nobody's, and is not to be held.
  while ((yield* source.takeSome(1 << 16)).length > 0);
}

async function openUncompressed(codec: Codec): Promise<PacketDecoder> {
  if (codec.name === 'pcm') return openPcm(codec.layout);
  if (codec.name === 'adpcm') return openAdpcm(codec.layout);
  throw new AudioError({
    what: `this WAV file holds compressed sound (${codec.name})`,
    remedy: 'decodeAudio of frill-audio/decode reads it',
  });
}
