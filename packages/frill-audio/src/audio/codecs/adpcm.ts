/**
 * IMA ADPCM: four bits a sample, each the step from the one before. WAV and Apple cut it into blocks of different make.
 * Values count as 16 bits and are divided by 32767.
 *
 * Sources: IMA Digital Audio Focus and Technical Working Groups, "Recommended Practices", revision 3.00; Microsoft's
 * "New Multimedia Data Types" (the WAV blocks); Apple's Technical Note TN1081 (the `ima4` packets).
 */
import { viewOf } from '../byte-source.js';
import type { PacketDecoder } from './packet-decoder.js';

export interface AdpcmLayout {
  readonly kind: 'wav' | 'apple';
  readonly channels: number;
  /** Bytes of a block with all its channels; Apple's are always 34 a channel. */
  readonly blockBytes: number;
}

export const APPLE_BLOCK_BYTES = 34;

const STEPS = Int16Array.from([
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97,
  107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724,
  796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026,
  4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500,
  20350, 22385, 24623, 27086, 29794, 32767,
]);
const INDEX_CHANGES = [-1, -1, -1, -1, 2, 4, 6, 8];

/** One channel. */
class Predictor {
  value = 0;
  index = 0;

  next(code: number): number {
    const step = STEPS[this.index];
    let difference = step >> 3;
    if (code & 1) difference += step >> 2;
    if (code & 2) difference += step >> 1;
    if (code & 4) difference += step;
    const value = this.value + (code & 8 ? -difference : difference);
    this.value = Math.max(-32_768, Math.min(32_767, value));
    this.index = Math.max(0, Math.min(STEPS.length - 1, this.index + INDEX_CHANGES[code & 7]));
    return this.value / 32_767;
  }
}

/** Samples of each channel in a block of so many bytes; 0 where it is cut off. */
export function samplesInBlock({ kind, channels, blockBytes }: AdpcmLayout, bytes: number): number {
  if (kind === 'apple') return bytes < blockBytes ? 0 : 2 * (APPLE_BLOCK_BYTES - 2);
  // Four bytes a channel hold the first sample; then each channel in turn has four bytes, eight samples.
  return bytes < 4 * channels ? 0 : 1 + 8 * Math.floor(bytes / (4 * channels) - 1);
}

export function openAdpcm(layout: AdpcmLayout): PacketDecoder {
  const decoder = new AdpcmDecoder(layout);
  return { decode: (packet) => ({ channels: decoder.decode(packet) }), close: () => {} };
}

/** Keeps from block to block what Apple's blocks leave out. */
class AdpcmDecoder {
  readonly #layout: AdpcmLayout;
  readonly #predictors: readonly Predictor[];

  constructor(layout: AdpcmLayout) {
    this.#layout = layout;
    this.#predictors = Array.from({ length: layout.channels }, () => new Predictor());
  }

  /** Whole blocks, of which the last may be shorter in WAV, to one array a channel. */
  decode(bytes: Uint8Array): Float32Array[] {
    const { blockBytes } = this.#layout;
    const blocks = Array.from({ length: Math.ceil(bytes.length / blockBytes) }, (_, i) =>
      bytes.subarray(i * blockBytes, (i + 1) * blockBytes),
    );
    const lengths = blocks.map(({ length }) => samplesInBlock(this.#layout, length));
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const read = this.#layout.kind === 'apple' ? readAppleBlock : readWavBlock;
    return this.#predictors.map((predictor, channel) => {
      const samples = new Float32Array(total);
      let at = 0;
      for (const [i, block] of blocks.entries()) {
        read(block, channel, this.#predictors.length, predictor, samples.subarray(at, at + lengths[i]));
        at += lengths[i];
      }
      return samples;
    });
  }
}

type ReadBlock = (
  block: Uint8Array,
  channel: number,
  channels: number,
  predictor: Predictor,
  to: Float32Array,
) => void;

const readWavBlock: ReadBlock = (block, channel, channels, predictor, to) => {
  if (to.length === 0) return;
  predictor.value = viewOf(block).getInt16(4 * channel, true);
  predictor.index = Math.min(block[4 * channel + 2], STEPS.length - 1);
  to[0] = predictor.value / 32_767;
  for (let made = 1, group = 4 * (channels + channel); made < to.length; group += 4 * channels)
    for (let i = 0; i < 4; i++) {
      to[made++] = predictor.next(block[group + i] & 15);
      to[made++] = predictor.next(block[group + i] >> 4);
    }
};

/** The head has nine bits of the value before, and seven of the index; the other bits are known where the two agree. */
const readAppleBlock: ReadBlock = (block, channel, _, predictor, to) => {
  if (to.length === 0) return;
  const packet = block.subarray(channel * APPLE_BLOCK_BYTES);
  const head = viewOf(packet).getInt16(0);
  const value = head & ~127;
  const index = Math.min(head & 127, STEPS.length - 1);
  if (predictor.index !== index || Math.abs(predictor.value - value) > 127) predictor.value = value;
  predictor.index = index;
  for (let i = 0; i < to.length / 2; i++) {
    to[2 * i] = predictor.next(packet[2 + i] & 15);
    to[2 * i + 1] = predictor.next(packet[2 + i] >> 4);
  }
};
