/**
 * Every number of the log-mel front end, and what they make of a clip's length. They travel inside the model file, never in
 * the caller's head.
 */
import { ModelError } from '../errors.js';

/**
 * The numbers of a log-mel front end. Frames of `windowLength` samples every `hopLength`, periodic Hann window, `fftLength`-point FFT, magnitude, mel bands
 * (HTK scale, no area normalisation), `log(max(mel, floor) + offset)`; network windows of `frames` frames.
 */
export interface FrontendParameters {
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Length of a frame in samples, at most `fftLength`. */
  readonly windowLength: number;
  /** Samples from the start of one frame to the start of the next. */
  readonly hopLength: number;
  /** Points of the Fourier transform, a power of two. */
  readonly fftLength: number;
  /** Number of mel bands. */
  readonly melBands: number;
  /** Lower edge of the first mel band in Hz, 0 or more. */
  readonly lowestFrequency: number;
  /** Upper edge of the last mel band in Hz, at most half of `sampleRate`. */
  readonly highestFrequency: number;
  /** Least mel magnitude, 0 or more: smaller ones count as this. */
  readonly logFloor: number;
  /** Number, 0 or more, that is added before the logarithm. */
  readonly logOffset: number;
  /** Frames of one network window. */
  readonly frames: number;
  /** Frames from one network window to the next. */
  readonly frameHop: number;
  /** Least length of a clip in samples: shorter ones are padded with zeros at the end. */
  readonly minimumSamples: number;
}

/**
 * The front end of FRILL: 16 kHz, frames of 25 ms every 10 ms, 64 mel bands from 125 to 7,500 Hz, windows of 96 frames every 17.
 * Source: google-research, non_semantic_speech_benchmark, `tf_frontend.py`.
 */
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

/** Number of frames in `samples` samples: 1 + floor((N - windowLength) / hopLength); 0 below one window. No padding. */
export function frameCount(samples: number, parameters: FrontendParameters): number {
  const { windowLength, hopLength } = parameters;
  return samples < windowLength ? 0 : 1 + Math.floor((samples - windowLength) / hopLength);
}

/** Number of samples under one window of frames: 15,600 for FRILL, 0.975 s. */
export function windowSamples(parameters: FrontendParameters): number {
  const { frames, hopLength, windowLength } = parameters;
  return (frames - 1) * hopLength + windowLength;
}

/** Throws ModelError unless a front end can be computed from these numbers. `where` names their origin. */
export function checkFrontendParameters(parameters: FrontendParameters, where?: string): void {
  const { sampleRate, lowestFrequency, highestFrequency, logFloor, logOffset } = parameters;
  const fail = (what: string) =>
    new ModelError({
      what: `impossible front-end parameters: ${what}`,
      where,
      remedy: 'Start from FRILL_FRONTEND and change what differs',
    });
  for (const name of WHOLE_NUMBERS)
    if (!(Number.isInteger(parameters[name]) && parameters[name] > 0))
      throw fail(`${name} is ${parameters[name]}, but must be a whole number above 0`);
  if (2 ** Math.round(Math.log2(parameters.fftLength)) !== parameters.fftLength)
    throw fail(`fftLength is ${parameters.fftLength}, but must be a power of two`);
  if (parameters.windowLength > parameters.fftLength)
    throw fail(`windowLength ${parameters.windowLength} exceeds fftLength ${parameters.fftLength}`);
  if (!(lowestFrequency >= 0 && lowestFrequency < highestFrequency && highestFrequency <= sampleRate / 2))
    throw fail(`mel bands from ${lowestFrequency} to ${highestFrequency} Hz at a rate of ${sampleRate} Hz`);
  if (!(logFloor >= 0 && logOffset >= 0 && logFloor + logOffset > 0))
    throw fail(
      `logFloor ${logFloor} with logOffset ${logOffset}: the logarithm of silence would be infinite`,
    );
}

const WHOLE_NUMBERS = [
  'sampleRate',
  'windowLength',
  'hopLength',
  'fftLength',
  'melBands',
  'frames',
  'frameHop',
  'minimumSamples',
] as const;
