/** Vorbis by libvorbis, packet by packet. */
import { below } from './flac.js';
import { Health, KeptDecoders, type Library, type LibraryOutput } from './kept-decoders.js';
import type { PacketDecoder } from './packet-decoder.js';
import { quietly } from './quietly.js';
import { inWaveOrder } from './wave-order.js';

/** What lies below the library's class, which reads Ogg only (@wasm-audio-decoders/ogg-vorbis 0.1.20). */
interface VorbisPackets extends Library {
  sendSetupHeader(header: Uint8Array): void;
  initDsp(): void;
  decodePackets(packets: readonly Uint8Array[]): LibraryOutput;
}

const kept = new KeptDecoders(async () => {
  const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
  return below<VorbisPackets>(new OggVorbisDecoder(), 'decodePackets');
});

export async function openVorbis(headers: readonly [Uint8Array, Uint8Array]): Promise<PacketDecoder> {
  const packets = await kept.take();
  const health = new Health();
  quietly(() => {
    for (const header of headers) packets.sendSetupHeader(header);
    packets.initDsp();
  });
  return {
    decode(packet) {
      const { channelData, samplesDecoded, sampleRate } = health.watch(() => packets.decodePackets([packet]));
      return samplesDecoded === 0 ? { channels: [] } : { channels: inWaveOrder(channelData), sampleRate };
    },
    close: () => kept.giveBack(packets, health.isGood),
  };
}
