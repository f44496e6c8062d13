/**
 * What a recording sounds like, as 32 bits for every 10 ms: whether the difference between two neighbouring bands of its
 * log-mel spectrum grew. Levels, filters and codecs change both bands alike and leave most bits as they are.
 *
 * Source: J. Haitsma and T. Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002. Theirs looks at 0.37 s at a
 * time, for music of many seconds; words of half a second need a shorter look, so that ours averages 0.16 s.
 */
import { type Frontend, type FrontendParameters, loadFrontend, SAMPLE_RATE } from 'frill-audio';

/** 33 bands where telephones, codecs and small loudspeakers keep their sound. */
const PARAMETERS: FrontendParameters = {
  sampleRate: SAMPLE_RATE,
  windowLength: 800,
  hopLength: 160,
  fftLength: 1024,
  melBands: 33,
  lowestFrequency: 250,
  highestFrequency: 3_400,
  logFloor: 1e-5,
  logOffset: 0,
  frames: 1,
  frameHop: 1,
  minimumSamples: 800,
};
/** Frames that are averaged, and how far apart the compared averages lie. */
const SMOOTHED = 16;
const APART = 8;
/** Frames this far below the loudest say nothing: they are noise, which a codec makes anew. In natural logarithms of magnitude. */
const QUIETEST = Math.log(10 ** (35 / 20));
/** Below this, in logarithms of magnitude, it is digital silence. */
const SILENT = Math.log(1e-3);

/** Codes a second. */
export const CODES_PER_SECOND = PARAMETERS.sampleRate / PARAMETERS.hopLength;

export interface Fingerprint {
  readonly codes: Uint32Array;
  /** 1 where the code was taken from something loud enough to count. */
  readonly heard: Uint8Array;
  /** How many are. */
  readonly count: number;
}

/** The front end that fingerprints are taken with. */
export function loadFingerprinter(): Promise<Frontend> {
  return loadFrontend(PARAMETERS);
}

/** Fingerprint of 16 kHz mono samples. Recordings below 0.3 s have no codes. */
export function fingerprint(samples: Float32Array, frontend: Frontend): Fingerprint {
  const { frames, bands, data } = frontend.frames(samples);
  const averages = movingAverages(data, frames, bands);
  const levels = levelsOf(averages, bands);
  const loudest = levels.reduce((most, level) => Math.max(most, level), Number.NEGATIVE_INFINITY);
  const length = Math.max(0, levels.length - APART);
  const codes = new Uint32Array(length);
  const heard = new Uint8Array(length);
  let count = 0;
  for (let at = 0; at < length; at++) {
    const now = (at + APART) * bands;
    const before = at * bands;
    let code = 0;
    for (let band = 0; band + 1 < bands; band++) {
      const difference = averages[now + band] - averages[now + band + 1];
      const earlier = averages[before + band] - averages[before + band + 1];
      code = (code << 1) | (difference > earlier ? 1 : 0);
    }
    codes[at] = code >>> 0;
    if (Math.min(levels[at], levels[at + APART]) >= Math.max(SILENT, loudest - QUIETEST)) {
      heard[at] = 1;
      count++;
    }
  }
  return { codes, heard, count };
}

/** Row t is the mean of frames t to t + SMOOTHED - 1. */
function movingAverages(data: Float32Array, frames: number, bands: number): Float64Array {
  const rows = Math.max(0, frames - SMOOTHED + 1);
  const averages = new Float64Array(rows * bands);
  const sums = new Float64Array(bands);
  for (let frame = 0; frame < frames; frame++)
    for (let band = 0; band < bands; band++) {
      sums[band] += data[frame * bands + band];
      if (frame >= SMOOTHED) sums[band] -= data[(frame - SMOOTHED) * bands + band];
      if (frame >= SMOOTHED - 1) averages[(frame - SMOOTHED + 1) * bands + band] = sums[band] / SMOOTHED;
    }
  return averages;
}

function levelsOf(averages: Float64Array, bands: number): Float64Array {
  const levels = new Float64Array(averages.length / bands);
  for (let row = 0; row < levels.length; row++) {
    let sum = 0;
    for (let band = 0; band < bands; band++) sum += averages[row * bands + band];
    levels[row] = sum / bands;
  }
  return levels;
}
