/** MPEG layers I to III by mpg123, frame by frame. */
import { NOTHING, type PacketDecoder } from './open-codec.js';
import { quietly } from './quietly.js';

/** `channels` as the frames' headers say: mpg123 makes two of one. */
export async function openMpeg(channels: number): Promise<PacketDecoder> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  // The delays that a file's first frame tells are taken off by us, who know where one file ends and the next begins.
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  return {
    decode(packet) {
      const { channelData, samplesDecoded, sampleRate } = quietly(() => decoder.decodeFrame(packet));
      return samplesDecoded === 0 ? NOTHING : { channels: channelData.slice(0, channels), sampleRate };
    },
    close: () => decoder.free(),
  };
}
