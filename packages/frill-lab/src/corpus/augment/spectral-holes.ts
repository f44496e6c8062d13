/**
 * What codecs of few bits do, seen in the spectrogram: of each frame they keep what stands out and give nothing to what lies so
 * many dB below it, because an ear would not hear it. Real codecs are slower than a training (see opus.ts); this costs nothing.
 */
const DECIBELS_TO_NATURAL = Math.LN10 / 20;

/**
 * In a log-mel window [frames, bands] of natural logarithms of magnitudes, in place: what lies more than `depth` dB under the
 * loudest band of its frame becomes `floor`, the logarithm of silence.
 */
export function dropQuiet(window: Float32Array, bands: number, depth: number, floor: number): void {
  for (let at = 0; at < window.length; at += bands) {
    const frame = window.subarray(at, at + bands);
    let loudest = floor;
    for (const value of frame) loudest = Math.max(loudest, value);
    const limit = loudest - depth * DECIBELS_TO_NATURAL;
    for (let band = 0; band < bands; band++) if (frame[band] < limit) frame[band] = floor;
  }
}
