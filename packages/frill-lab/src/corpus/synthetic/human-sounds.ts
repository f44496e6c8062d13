/**
 * Sounds that people make without words, by source and filter: bursts of breath noise or glottal pulses, shaped by a few
 * resonances of the performer's tract. Caricatures, but different from each other in the ways the real ones are: how
 * many bursts, how fast, voiced or not, bright or dark.
 */
import { SAMPLE_RATE } from 'frill-audio';
import type { Random } from '../../tensor/random.js';
import { applyFilter, bandPass, highPass, lowPass } from '../augment/filters.js';
import { toLevel } from '../augment/level.js';
import { whiteNoise } from './noise.js';

/** Who makes the sound. */
export interface Performer {
  readonly name: string;
  /** Hz of the voice. */
  readonly pitch: number;
  /** Factor on the resonances: above 1 a shorter tract. */
  readonly tract: number;
  /** Factor on the tempo. */
  readonly tempo: number;
}

export function drawPerformers(count: number, stream: Random): Performer[] {
  return Array.from({ length: count }, (_unused, index) => {
    const own = stream.fork(index);
    return {
      name: `performer-${String(index).padStart(2, '0')}`,
      pitch: own.uniform(95, 240),
      tract: own.uniform(0.72, 1.38),
      tempo: own.uniform(0.65, 1.5),
    };
  });
}

type Maker = (performer: Performer, stream: Random) => Float32Array;

/** Sounds by class; the names are ESC-50's. */
export const HUMAN_SOUNDS: Readonly<Record<string, Maker>> = {
  breathing({ tract, tempo }, stream) {
    const inhale = stream.uniform(0.45, 0.65) / tempo;
    const exhale = stream.uniform(0.55, 0.85) / tempo;
    return join([
      breath(inhale, [900 * tract, 2_400 * tract], 0.5, stream),
      silence(stream.uniform(0.04, 0.12)),
      breath(exhale, [550 * tract, 1_500 * tract], 0.35, stream),
    ]);
  },
  coughing({ pitch, tract, tempo }, stream) {
    const coughs = 1 + stream.integer(3);
    return join(
      Array.from({ length: coughs }, () => [
        burst(stream.uniform(0.05, 0.08), [1_100 * tract, 2_800 * tract], 0.004, stream),
        mix(
          burst(stream.uniform(0.12, 0.2), [700 * tract, 1_900 * tract], 0.01, stream),
          toLevel(voiced(0.1, pitch * 1.2, pitch * 0.8, [650 * tract, 1_300 * tract], stream), 0.15),
        ),
        silence(stream.uniform(0.06, 0.18) / tempo),
      ]).flat(),
    );
  },
  laughing({ pitch, tract, tempo }, stream) {
    const syllables = 4 + stream.integer(4);
    const top = pitch * stream.uniform(1.5, 2.1);
    return join(
      Array.from({ length: syllables }, (_unused, k) => {
        const fall = 1 - 0.06 * k;
        return [
          toLevel(burst(0.05, [900 * tract, 2_200 * tract], 0.02, stream), 0.06),
          toLevel(
            voiced(
              0.11 / tempo,
              top * fall,
              top * fall * 0.9,
              [750 * tract, 1_250 * tract, 2_600 * tract],
              stream,
            ),
            0.22 * fall,
          ),
          silence(stream.uniform(0.03, 0.05) / tempo),
        ];
      }).flat(),
    );
  },
  sneezing({ pitch, tract, tempo }, stream) {
    return join([
      toLevel(
        voiced(stream.uniform(0.25, 0.4) / tempo, pitch, pitch * 1.5, [700 * tract, 1_200 * tract], stream),
        0.08,
      ),
      silence(stream.uniform(0.06, 0.15)),
      mix(
        burst(stream.uniform(0.18, 0.3), [3_200 * tract, 5_200 * tract], 0.003, stream),
        toLevel(voiced(0.12, pitch * 2, pitch * 1.2, [600 * tract, 1_400 * tract], stream), 0.1),
      ),
    ]);
  },
  clapping({ tempo }, stream) {
    const claps = 3 + stream.integer(4);
    const gap = stream.uniform(0.2, 0.32) / tempo;
    const hand = stream.uniform(900, 1_900);
    return join(
      Array.from({ length: claps }, () => [
        burst(0.025, [hand * stream.uniform(0.9, 1.1), 3_200], 0.001, stream),
        silence(gap * stream.uniform(0.9, 1.1) - 0.025),
      ]).flat(),
    );
  },
  snoring({ pitch, tract, tempo }, stream) {
    const rattle = pitch * stream.uniform(0.22, 0.35);
    return join([
      toLevel(
        voiced(stream.uniform(0.6, 0.9) / tempo, rattle, rattle * 1.15, [260 * tract, 700 * tract], stream),
        0.25,
      ),
      silence(stream.uniform(0.08, 0.2)),
      toLevel(breath(stream.uniform(0.4, 0.6) / tempo, [500 * tract, 1_300 * tract], 0.4, stream), 0.05),
    ]);
  },
  footsteps({ tempo }, stream) {
    const steps = 2 + stream.integer(3);
    const floor = stream.uniform(90, 220);
    return join(
      Array.from({ length: steps }, () => [
        burst(0.06, [floor, floor * 3], 0.002, stream),
        toLevel(burst(0.04, [floor * 2, 2_500], 0.004, stream), 0.04),
        silence(stream.uniform(0.28, 0.36) / tempo),
      ]).flat(),
    );
  },
  brushing_teeth({ tempo }, stream) {
    const strokes = 6 + stream.integer(4);
    const bristle = stream.uniform(3_500, 5_500);
    return join(
      Array.from({ length: strokes }, (_unused, k) =>
        breath(stream.uniform(0.13, 0.16) / tempo, [bristle * (k % 2 ? 1.15 : 0.9), 6_800], 0.5, stream),
      ),
    );
  },
};

/** A swelling and fading stream of air; the peak lies at `peak` of its length. */
function breath(seconds: number, resonances: readonly number[], peak: number, stream: Random): Float32Array {
  const samples = resonate(whiteNoise(Math.round(seconds * SAMPLE_RATE), stream), resonances, 2);
  for (let i = 0; i < samples.length; i++) {
    const x = i / samples.length;
    samples[i] *= Math.sin((Math.PI / 2) * (x < peak ? x / peak : (1 - x) / (1 - peak))) ** 2;
  }
  return toLevel(samples, 0.15);
}

/** An explosion of air: up within `attack` seconds, then dying away. */
function burst(seconds: number, resonances: readonly number[], attack: number, stream: Random): Float32Array {
  const samples = resonate(whiteNoise(Math.round(seconds * SAMPLE_RATE), stream), resonances, 1.5);
  for (let i = 0; i < samples.length; i++) {
    const time = i / SAMPLE_RATE;
    samples[i] *= Math.min(1, time / attack) * Math.exp((-4 * time) / seconds);
  }
  return toLevel(samples, 0.3);
}

/** Glottal pulses gliding from one pitch to another, with the unsteadiness of a throat. */
function voiced(
  seconds: number,
  from: number,
  to: number,
  resonances: readonly number[],
  stream: Random,
): Float32Array {
  const samples = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  let phase = 0;
  for (let i = 0; i < samples.length; i++) {
    const x = i / samples.length;
    phase += ((from + (to - from) * x) / SAMPLE_RATE) * stream.uniform(0.94, 1.06);
    if (phase >= 1) {
      phase -= 1;
      samples[i] = stream.uniform(0.7, 1);
    }
    samples[i] += 0.01 * stream.uniform(-1, 1);
  }
  applyFilter(samples, lowPass(1_800));
  const shaped = resonate(samples, resonances, 5);
  for (let i = 0; i < shaped.length; i++) shaped[i] *= Math.sin((Math.PI * i) / shaped.length) ** 0.5;
  return toLevel(shaped, 0.2);
}

/** The sum of parallel resonances, with a little of the unfiltered sound. */
function resonate(source: Float32Array, resonances: readonly number[], q: number): Float32Array {
  const sum = source.map((sample) => 0.05 * sample);
  for (const [rank, frequency] of resonances.entries()) {
    const band = applyFilter(source.slice(), bandPass(frequency, q));
    for (let i = 0; i < sum.length; i++) sum[i] += band[i] / (1 + 0.5 * rank);
  }
  return applyFilter(sum, highPass(40));
}

function silence(seconds: number): Float32Array {
  return new Float32Array(Math.max(0, Math.round(seconds * SAMPLE_RATE)));
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Both at once, from the start of the first. */
function mix(first: Float32Array, second: Float32Array): Float32Array {
  const sum = new Float32Array(Math.max(first.length, second.length));
  sum.set(first);
  for (let i = 0; i < second.length; i++) sum[i] += second[i];
  return sum;
}
