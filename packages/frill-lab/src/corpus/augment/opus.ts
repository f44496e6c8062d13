/**
 * Speech as a call or a voice message carries it: through the Opus codec (RFC 6716) and back, by libopus in WebAssembly. The encoder
 * is that of the optional package `opusscript`.
 */
import { InputError, SAMPLE_RATE } from 'frill-audio';
import { fromSixteenBits, toSixteenBits } from './sixteen-bits.js';

/** 20 ms, what calls use. */
const FRAME = 0.02 * SAMPLE_RATE;
/** What encoder and decoder hold back together, 6.5 ms (libopus' look-ahead). */
const DELAY = 0.0065 * SAMPLE_RATE;

/** Through the codec and back at `bitrate` bits a second; length and place stay. */
export type OpusCodec = (samples: Float32Array, bitrate: number) => Float32Array;

/** Throws InputError where the codec's package is not installed. */
export async function loadOpus(): Promise<OpusCodec> {
  const { default: Opus } = await import('opusscript').catch((cause: unknown) => {
    throw new InputError({
      what: 'the Opus encoder is not installed',
      remedy: 'Install it: npm install opusscript',
      cause,
    });
  });
  return (samples, bitrate) => {
    // Anew for each clip: the codec remembers what it heard.
    const codec = new Opus(SAMPLE_RATE, 1, Opus.Application.VOIP);
    codec.setBitrate(bitrate);
    const frames = Math.ceil((samples.length + DELAY) / FRAME);
    const sent = new Int16Array(frames * FRAME);
    sent.set(toSixteenBits(samples));
    const received = new Int16Array(sent.length);
    for (let at = 0; at < sent.length; at += FRAME) {
      const { buffer } = sent.slice(at, at + FRAME);
      const packet = codec.decode(codec.encode(Buffer.from(buffer), FRAME));
      received.set(new Int16Array(Uint8Array.from(packet).buffer), at);
    }
    codec.delete();
    return fromSixteenBits(received.subarray(DELAY, DELAY + samples.length));
  };
}
