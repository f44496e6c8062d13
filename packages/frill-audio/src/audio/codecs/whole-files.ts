/** AMR and Windows Media Audio: their libraries read files, not packets. */
import { NOTHING, type PacketDecoder } from './packet-decoder.js';
import { quietly } from './quietly.js';

export async function openAmr(): Promise<PacketDecoder> {
  const { decoder: open } = await import('@audio/decode-amr');
  return fileDecoder(await open());
}

export async function openWma(): Promise<PacketDecoder> {
  const { decoder: open } = await import('@audio/decode-wma');
  return fileDecoder(await open());
}

interface FileDecoder {
  decode(bytes: Uint8Array): { readonly channelData: Float32Array[]; readonly sampleRate: number };
  flush?(): { readonly channelData: Float32Array[]; readonly sampleRate: number };
  free(): void;
}

function fileDecoder(decoder: FileDecoder): PacketDecoder {
  return {
    decode(bytes) {
      const { channelData, sampleRate } = quietly(() => decoder.decode(bytes));
      return { channels: channelData, sampleRate };
    },
    flush() {
      const last = quietly(() => decoder.flush?.());
      return last ? { channels: last.channelData, sampleRate: last.sampleRate } : NOTHING;
    },
    close: () => decoder.free(),
  };
}
