/** AAC by FAAD2, and ALAC, access unit by access unit. */
import { UnknownCodec } from '../demuxer.js';
import type { Decoded, PacketDecoder } from './packet-decoder.js';
import { quietly } from './quietly.js';

/** The audio object type of plain AAC. */
const LOW_COMPLEXITY = 2;
/** Audio object types that FAAD2 decodes: Main, LC, LTP, SBR, error resilient LC and LTP, LD, PS. */
const DECODED: readonly number[] = [1, LOW_COMPLEXITY, 4, 5, 17, 19, 23, 29];
/** The other ones that files have (ISO/IEC 14496-3, table 1.17). */
const NAMES: Readonly<Record<number, string>> = {
  3: 'AAC-SSR',
  6: 'scalable AAC',
  8: 'CELP',
  9: 'HVXC',
  22: 'AAC-BSAC',
  34: 'MP3 with an MPEG-4 configuration',
  36: 'MPEG-4 ALS',
  37: 'MPEG-4 SLS',
  39: 'AAC-ELD',
  42: 'xHE-AAC',
};
/** FAAD2 gives nothing for the first access unit. */
const SWALLOWED = 1024;
/** By how much its spectral band replication is late, in samples at the doubled rate. */
const REPLICATION_DELAY = 962;
/** One access unit of silence, of one channel and of two. */
const SILENCE = [
  Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80),
  Uint8Array.of(0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80),
];

/** `isPrimed`: silence is decoded first and swallowed in place of the first access unit, where the codec is AAC-LC. */
export async function openAac(config: Uint8Array, isPrimed: boolean): Promise<PacketDecoder> {
  const type = objectTypeOf(config);
  if (!DECODED.includes(type)) throw new UnknownCodec(NAMES[type] ?? `MPEG-4 audio object type ${type}`);
  const { decoder: open } = await import('@audio/decode-aac');
  const decoder = await open({ asc: withoutReplication(config) });
  const channels = (config[1] >> 3) & 15;
  const silence = config[0] >> 3 === LOW_COMPLEXITY ? SILENCE[channels - 1] : undefined;
  const coreRate = rateOf(config);
  let lead = SWALLOWED;
  let isFirst = true;
  let isHeard = false;
  return {
    get lead() {
      return lead;
    },
    decode(packet) {
      if (isFirst && isPrimed && silence) {
        quietly(() => decoder.decode(silence));
        lead = 0;
      }
      isFirst = false;
      const { channelData, sampleRate } = quietly(() => decoder.decode(packet));
      const isDoubled = sampleRate > 1.5 * coreRate;
      if (channelData.length > 0 && !isHeard) {
        isHeard = true;
        if (isDoubled) lead = lead * 2 - REPLICATION_DELAY;
      }
      // FAAD2 makes two channels of one, in case that parametric stereo tells them apart later; plain AAC has none.
      const isMono = channels === 1 && !isDoubled;
      return { channels: isMono ? channelData.slice(0, 1) : channelData, sampleRate };
    },
    close: () => decoder.free(),
  };
}

/** ALAC gives integers divided by 2^(bits - 1); here they are divided by the largest, as all others are. */
export async function openAlac(config: Uint8Array): Promise<PacketDecoder> {
  const { decoder: open } = await import('@audio/decode-aac');
  const cookie = config.subarray(config.length - 24);
  const decoder = await open({ alac: cookie });
  const bits = cookie[5];
  const scale = 2 ** (bits - 1) / (2 ** (bits - 1) - 1);
  return {
    decode(packet): Decoded {
      const { channelData, sampleRate } = decoder.decode(packet);
      const channels = channelData.map((channel) => channel.map((sample) => sample * scale));
      return { channels: centreThird(channels), sampleRate };
    },
    close: () => decoder.free(),
  };
}

/** ALAC's surround sound begins with the centre and ends with the low channel; WAV's order puts them third and fourth. */
function centreThird<T>(channels: readonly T[]): readonly T[] {
  const [centre, left, right, ...others] = channels;
  if (channels.length < 3 || channels.length > 6) return channels;
  const low = channels.length === 6 ? others.splice(2) : [];
  return [left, right, centre, ...low, ...others];
}

/**
 * A configuration of plain AAC that does not say whether the spectrum is replicated, said to be without: FAAD2 would
 * double a low rate in case it is. Where it is after all, FAAD2 finds that in the first access unit.
 */
function withoutReplication(config: Uint8Array): Uint8Array {
  if (config.length !== 2 || config[0] >> 3 !== LOW_COMPLEXITY) return config;
  const [SYNC_EXTENSION, ABSENT] = [[0x56, 0xe5], 0x00];
  return Uint8Array.of(...config, ...SYNC_EXTENSION, ABSENT);
}

/** The audio object type, which takes five bits, or eleven. */
function objectTypeOf(config: Uint8Array): number {
  const type = config[0] >> 3;
  return type === 31 ? 32 + (((config[0] & 7) << 3) | (config[1] >> 5)) : type;
}

const RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/** The rate in an AudioSpecificConfig, that of the core where the spectrum is replicated. */
function rateOf(config: Uint8Array): number {
  const index = ((config[0] & 7) << 1) | (config[1] >> 7);
  return RATES[index] ?? Number.POSITIVE_INFINITY;
}
