/** Every number of the log-mel front end. They travel inside the model file, never in the caller's head. */

/**
 * Frames of `windowLength` samples every `hopLength`, periodic Hann window, `fftLength`-point FFT, magnitude, mel bands
 * (HTK scale, no area normalisation), `log(max(mel, floor) + offset)`; network windows of `frames` frames.
 */
export interface FrontendParameters {
  /** Hz. */
  readonly sampleRate: number;
  /** Samples. */
  readonly windowLength: number;
  /** Samples. */
  readonly hopLength: number;
  /** Points, a power of two. */
  readonly fftLength: number;
  readonly melBands: number;
  /** Hz, lower edge of the first mel band. */
  readonly lowestFrequency: number;
  /** Hz, upper edge of the last mel band. */
  readonly highestFrequency: number;
  /** Mel magnitudes below this count as this. */
  readonly logFloor: number;
  /** Added before the logarithm. */
  readonly logOffset: number;
  /** Frames of one network window. */
  readonly frames: number;
  /** Frames from one network window to the next. */
  readonly frameHop: number;
  /** Shorter clips are padded with zeros at the end to this many samples. */
  readonly minimumSamples: number;
}

/** The front end of FRILL (NSB `tf_frontend.py`). */
export const FRILL_FRONTEND: FrontendParameters = {
  sampleRate: 16_000,
  windowLength: 400,
  hopLength: 160,
  fftLength: 512,
  melBands: 64,
  lowestFrequency: 125,
  highestFrequency: 7_500,
  logFloor: 1e-12,
  logOffset: 0.001,
  frames: 96,
  frameHop: 17,
  minimumSamples: 16_000,
};
