/** Opus by libopus, packet by packet, at 48 kHz. Source of the header's fields: RFC 7845, section 5.1. */
import { viewOf } from '../byte-source.js';
import type { PacketDecoder } from './packet-decoder.js';
import { inWaveOrder } from './wave-order.js';

export async function openOpus(head: Uint8Array): Promise<PacketDecoder> {
  const { createOpusDecoder } = await import('@audio/decode-opus/core');
  const decoder = await createOpusDecoder();
  const channels = head[9];
  const family = head[18];
  decoder.configure({
    channels,
    outputGain: viewOf(head).getInt16(16, true),
    ...(family > 0 && {
      streamCount: head[19],
      coupledStreamCount: head[20],
      channelMappingTable: [...head.subarray(21, 21 + channels)],
    }),
  });
  return {
    decode(packet) {
      const { channelData, samplesDecoded, sampleRate, errors } = decoder.decodeFrames([packet]);
      if (samplesDecoded === 0 && errors.length > 0) throw new Error(errors[0].message);
      return { channels: family === 1 ? inWaveOrder(channelData) : channelData, sampleRate };
    },
    close: () => decoder.free(),
  };
}
