/**
 * Windows Media (ASF): only which codec the sound is of. Its packets lie between other things that the library of WMA tells apart, in the
 * whole file.
 *
 * Source: Microsoft's "Advanced Systems Format (ASF) Specification", section 3.3 (stream properties).
 */
import { AudioError } from '../../errors.js';
import { type ByteSource, viewOf } from '../byte-source.js';
import { type Part, truncated, UnknownCodec } from '../demuxer.js';
import { codecNamed } from './wav.js';

/** The GUID of a stream of sound, which its properties begin with. */
const AUDIO_MEDIA = [
  0x40, 0x9e, 0x69, 0xf8, 0x4d, 0x5b, 0xcf, 0x11, 0xa8, 0xfd, 0x00, 0x80, 0x5f, 0x5c, 0x44, 0x2b,
] as const;
/** From that GUID to the number of the codec, which is that of WAV. */
const TO_CODEC = 54;
const DECODED = [0x160, 0x161];

export function* demuxWma(source: ByteSource): Generator<Part | undefined, void, void> {
  const start = yield* source.peek(24);
  if (start.length < 24) throw truncated('the file ends before its samples begin');
  const header = yield* source.peek(Math.min(Number(viewOf(start).getBigUint64(16, true)), 1 << 20));
  const code = codecOf(header);
  if (code === undefined)
    throw new AudioError({
      what: 'there is no sound in this file',
      remedy: 'Look for the recording that it belongs to',
    });
  if (!DECODED.includes(code)) throw new UnknownCodec(`${codecNamed(code)} in Windows Media`);
  yield { stream: { codec: { name: 'wma' } } };
  yield { packet: yield* source.take(Number.POSITIVE_INFINITY) };
}

/** Number of the codec of the first stream of sound. */
function codecOf(header: Uint8Array): number | undefined {
  for (let at = header.indexOf(AUDIO_MEDIA[0]); at >= 0; at = header.indexOf(AUDIO_MEDIA[0], at + 1)) {
    const isStream = AUDIO_MEDIA.every((byte, i) => header[at + i] === byte);
    if (isStream && at + TO_CODEC + 2 <= header.length) return viewOf(header).getUint16(at + TO_CODEC, true);
  }
  return undefined;
}
