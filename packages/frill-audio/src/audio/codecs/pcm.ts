/**
 * Uncompressed samples as every container lays them out, and the two logarithmic codes of telephony.
 *
 * Integers are divided by their largest value (16 bits: 32767), as the original FRILL front end does; what a code of
 * eight bits expands to counts as 16 bits. Source of the codes: ITU-T G.711.
 */
import { viewOf } from '../byte-source.js';
import type { PacketDecoder } from './packet-decoder.js';

export interface PcmLayout {
  readonly encoding: 'signed' | 'unsigned' | 'float' | 'a-law' | 'mu-law';
  /** Bytes that one sample of one channel occupies; fewer bits than fill them lie at the upper end. */
  readonly sampleBytes: number;
  readonly isLittleEndian: boolean;
  readonly channels: number;
}

/** Whether samples can be laid out so. */
export function isPcm({ encoding, sampleBytes, channels }: PcmLayout): boolean {
  const widths = { signed: [1, 2, 3, 4], unsigned: [1], float: [4, 8], 'a-law': [1], 'mu-law': [1] };
  return channels > 0 && widths[encoding].includes(sampleBytes);
}

export function openPcm(layout: PcmLayout): PacketDecoder {
  return { decode: (packet) => ({ channels: decodePcm(packet, layout) }), close: () => {} };
}

/** Interleaved frames to one array a channel; an unfinished frame at the end is left out. */
function decodePcm(bytes: Uint8Array, layout: PcmLayout): Float32Array[] {
  const { channels, sampleBytes } = layout;
  const stride = channels * sampleBytes;
  const frames = Math.floor(bytes.length / stride);
  const read = sampleReader(viewOf(bytes), layout);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0, at = channel * sampleBytes; i < frames; i++, at += stride) samples[i] = read(at);
    return samples;
  });
}

function sampleReader(view: DataView, layout: PcmLayout): (at: number) => number {
  const { encoding, sampleBytes, isLittleEndian } = layout;
  switch (encoding) {
    case 'float':
      return sampleBytes === 4
        ? (at) => view.getFloat32(at, isLittleEndian)
        : (at) => view.getFloat64(at, isLittleEndian);
    case 'unsigned':
      return (at) => (view.getUint8(at) - 128) / 127;
    case 'a-law':
      return (at) => A_LAW[view.getUint8(at)];
    case 'mu-law':
      return (at) => MU_LAW[view.getUint8(at)];
    case 'signed':
      return integerReader(view, sampleBytes, isLittleEndian);
  }
}

function integerReader(view: DataView, bytes: number, isLittleEndian: boolean): (at: number) => number {
  switch (bytes) {
    case 1:
      return (at) => view.getInt8(at) / 127;
    case 2:
      return (at) => view.getInt16(at, isLittleEndian) / 32_767;
    case 3:
      return isLittleEndian
        ? (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_607
        : (at) => ((view.getInt16(at) << 8) | view.getUint8(at + 2)) / 8_388_607;
    default:
      return (at) => view.getInt32(at, isLittleEndian) / 2_147_483_647;
  }
}

/** Sign, three bits of exponent, four of mantissa; every second bit is inverted. */
const A_LAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (bits & 0x80 ? magnitude : -magnitude) / 32_767;
});

/** The same with a bias of 33 (here times 4); all bits are inverted. */
const MU_LAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 255;
  const BIAS = 132;
  const magnitude = ((((bits & 15) << 3) + BIAS) << ((bits >> 4) & 7)) - BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) / 32_767;
});
