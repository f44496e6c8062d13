/** FLAC by libFLAC, frame by frame. */
import { Health, KeptDecoders, type Library, type LibraryOutput } from './kept-decoders.js';
import type { PacketDecoder } from './packet-decoder.js';

/** The library's own class waits where it need not; this is what lies below it (@wasm-audio-decoders/flac 0.2.11). */
interface FrameDecoder extends Library {
  decodeFrames(frames: readonly Uint8Array[]): LibraryOutput;
}

const kept = new KeptDecoders(async () => {
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  return below<FrameDecoder>(new FLACDecoder(), 'decodeFrames');
});

export async function openFlac(): Promise<PacketDecoder> {
  const decoder = await kept.take();
  const health = new Health();
  return {
    decode(packet) {
      const { channelData, samplesDecoded, sampleRate } = health.watch(() => decoder.decodeFrames([packet]));
      return samplesDecoded === 0 ? { channels: [] } : { channels: channelData, sampleRate };
    },
    close: () => kept.giveBack(decoder, health.isGood),
  };
}

/** What a decoder of the library keeps its work in. */
export function below<T>(decoder: object, method: keyof T & string): T {
  const inner: unknown = '_decoder' in decoder ? decoder._decoder : undefined;
  if (hasMethod<T>(inner, method)) return inner;
  throw new Error(`the decoder library has no ${method}; is its version another?`);
}

function hasMethod<T>(value: unknown, method: keyof T & string): value is T {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}
