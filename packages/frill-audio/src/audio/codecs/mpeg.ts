/** MPEG layers I to III by mpg123, frame by frame. */
import { NOTHING, type PacketDecoder } from './packet-decoder.js';
import { quietly } from './quietly.js';

export async function openMpeg(): Promise<PacketDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  // The delays that a file's first frame tells are taken off by us, who know where one file ends and the next begins.
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  return {
    decode(packet) {
      const { channelData, samplesDecoded, sampleRate } = quietly(() => decoder.decodeFrame(packet));
      // mpg123 makes two channels of one; the frame's header tells, which containers contradict at times.
      const channels = packet[3] >> 6 === 3 ? 1 : 2;
      return samplesDecoded === 0 ? NOTHING : { channels: channelData.slice(0, channels), sampleRate };
    },
    // Not kept for the next file: the library frees its state twice, which only a new instance survives (mpg123-decoder 1.0.3).
    close: () => decoder.free(),
  };
}
