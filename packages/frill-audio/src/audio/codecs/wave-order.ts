/** Vorbis and Opus order the channels of surround sound in a way of their own (Vorbis I specification, section 4.3.9). */

/** Which of Vorbis's channels comes at each place of WAV's order (left, right, centre, low, back, side), by their number. */
const ORDERS: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

export function inWaveOrder<T>(channels: readonly T[]): readonly T[] {
  return ORDERS[channels.length]?.map((from) => channels[from]) ?? channels;
}
