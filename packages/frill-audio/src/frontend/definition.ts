/**
 * What the front end is, in plain float64 loops: Hann window, magnitude of the Fourier transform, mel bands, logarithm.
 * The kernel is tested against this, and this is used where WebAssembly SIMD is missing.
 *
 * Source: google-research, non_semantic_speech_benchmark, tf_frontend.py, and the TensorFlow functions it calls
 * (tf.signal.hann_window, tf.signal.linear_to_mel_weight_matrix).
 */
import { fourierTransform } from './fourier.js';
import type { FrontendParameters } from './parameters.js';

/** Log-mel frames: natural logarithms of mel magnitudes, one row a frame. */
export interface LogMel {
  /** Number of frames. */
  readonly frames: number;
  /** Number of mel bands, 64 for FRILL. */
  readonly bands: number;
  /** Values [frames, bands], row by row, from the lowest band to the highest. */
  readonly data: Float32Array;
}

/** Computes `frames` frames of log-mel from `samples` into `output` [frames, melBands]. */
export interface LogMelKernel {
  compute(samples: Float32Array, frames: number, output: Float32Array): void;
}

/** Periodic Hann window of `length` samples, 0.5 - 0.5 cos(2 pi n / length), in [0, 1]. Source: `tf.signal.hann_window`. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}

/**
 * Mel weights [fftLength / 2 + 1 bins, melBands] in [0, 1], row by row: triangles whose corners are equally spaced in mel, with slopes
 * linear in mel, not normalised by area. The bin at 0 Hz counts nowhere. Source: `tf.signal.linear_to_mel_weight_matrix`.
 */
export function melMatrix(parameters: FrontendParameters): Float64Array {
  const { sampleRate, fftLength, melBands, lowestFrequency, highestFrequency } = parameters;
  const bins = fftLength / 2 + 1;
  const lowest = hertzToMel(lowestFrequency);
  const spacing = (hertzToMel(highestFrequency) - lowest) / (melBands + 1);
  const matrix = new Float64Array(bins * melBands);
  for (let bin = 1; bin < bins; bin++) {
    const mel = hertzToMel((bin * sampleRate) / fftLength);
    for (let band = 0; band < melBands; band++) {
      const rising = (mel - lowest) / spacing - band;
      matrix[bin * melBands + band] = Math.max(0, Math.min(rising, 2 - rising));
    }
  }
  return matrix;
}

/** The HTK mel scale. */
function hertzToMel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}

/** Log-mel by the definition: for where WebAssembly SIMD is missing, and for the tests of the kernel. */
export function defineLogMel(parameters: FrontendParameters): LogMelKernel {
  const { windowLength, hopLength, fftLength, melBands, logFloor, logOffset } = parameters;
  const hann = hannWindow(windowLength);
  const weights = melMatrix(parameters);
  const re = new Float64Array(fftLength);
  const im = new Float64Array(fftLength);
  const mel = new Float64Array(melBands);
  return {
    compute(samples, frames, output) {
      for (let frame = 0; frame < frames; frame++) {
        re.fill(0);
        im.fill(0);
        for (let n = 0; n < windowLength; n++) re[n] = samples[frame * hopLength + n] * hann[n];
        fourierTransform(re, im);
        mel.fill(0);
        for (let bin = 0; bin <= fftLength / 2; bin++) {
          const magnitude = Math.hypot(re[bin], im[bin]);
          for (let band = 0; band < melBands; band++) mel[band] += magnitude * weights[bin * melBands + band];
        }
        for (let band = 0; band < melBands; band++)
          output[frame * melBands + band] = Math.log(Math.max(mel[band], logFloor) + logOffset);
      }
    },
  };
}
