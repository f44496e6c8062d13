/**
 * What each choice costs, other things equal: the grid is full factorial, so that every student has a partner that differs from
 * it in one choice alone. Means over all such pairs, with bootstrap intervals over pairs, test clips and latency rounds
 * together. This is beyond the post, whose regression assumes that a choice costs the same everywhere.
 */

import type { StudentConfig } from '../models/student-config.js';
import { sampleDeviation } from '../statistics/moments.js';
import { quantile } from '../statistics/quantiles.js';
import type { Random } from '../tensor/random.js';
import { factorsOf } from './effects.js';
import type { Draw } from './redraw.js';

/** A mean over pairs and its 95 % interval; differences in points of a percentage, ratios as factors. */
export interface PairedEffect {
  readonly mean: number;
  readonly interval: readonly [number, number];
}

export interface PairedChoice {
  /** `average pooling (GAP)`, `width doubled`. */
  readonly title: string;
  readonly pairs: number;
  /** Difference of mean quality, in points. */
  readonly quality: PairedEffect;
  /** Standard deviation of single pairs' differences of quality, in points. */
  readonly qualityDeviation: number;
  /** Geometric means of the quotients with : without. */
  readonly latency: PairedEffect | undefined;
  readonly size: PairedEffect;
  /** Difference of the explained part of the teacher's variance, in points. */
  readonly explained: PairedEffect | undefined;
}

/** One student's measurements; NaN where there are none. */
export interface PairedStudent {
  readonly config: StudentConfig;
  readonly quality: number;
  readonly latencyMs: number;
  readonly bytes: number;
  readonly explained: number;
}

/** Maps a student's factors to those of its partner that has more of one choice, or nothing where there is none. */
type Partner = (factors: ReturnType<typeof factorsOf>) => Partial<ReturnType<typeof factorsOf>> | undefined;

const CHOICES: readonly (readonly [title: string, partner: Partner])[] = [
  ['small instead of tiny', ({ size }) => (size === 'tiny' ? { size: 'small' } : undefined)],
  ['large instead of small', ({ size }) => (size === 'small' ? { size: 'large' } : undefined)],
  ['width doubled', ({ width }) => ({ width: 2 * width })],
  ['average pooling (GAP)', ({ gap }) => (gap ? undefined : { gap: 1 })],
  ['compression', ({ compression }) => (compression ? undefined : { compression: 1 })],
  ['quantisation-aware', ({ qat }) => (qat ? undefined : { qat: 1 })],
];

/** Fewest pairs of which a bootstrap knows something. */
const FEWEST = 6;

/** All choices that have enough pairs among these students; `draws` are bootstrap replicates of the same students. */
export function matchedPairs(
  students: readonly PairedStudent[],
  draws: readonly Draw[],
  stream: Random,
): PairedChoice[] {
  const keys = new Map(students.map(({ config }, index) => [keyOf(factorsOf(config)), index]));
  const choices = CHOICES.map(([title, partner]) => ({
    title,
    pairs: students.flatMap(({ config }, without): Pair[] => {
      const factors = factorsOf(config);
      const change = partner(factors);
      const having = change && keys.get(keyOf({ ...factors, ...change }));
      return having === undefined ? [] : [[without, having]];
    }),
  })).filter(({ pairs }) => pairs.length >= FEWEST);
  return choices.map(({ title, pairs }) => {
    const resampled = draws.map(() => pairs.map(() => pairs[stream.integer(pairs.length)]));
    const effect = (
      chosen: readonly number[],
      redrawn: (draw: Draw) => readonly number[],
      kind: 'difference' | 'ratio',
    ): PairedEffect | undefined => {
      const usable = (pair: Pair) => pair.every((index) => Number.isFinite(chosen[index]));
      if (!pairs.every(usable)) return undefined;
      const replicates = draws.map((one, i) => meanOver(resampled[i], redrawn(one), kind));
      return {
        mean: meanOver(pairs, chosen, kind),
        interval: [quantile(replicates, 0.025), quantile(replicates, 0.975)],
      };
    };
    const fixed = (values: readonly number[]) => [values, () => values] as const;
    const qualities = students.map(({ quality }) => 100 * quality);
    const sizes = effect(...fixed(students.map(({ bytes }) => bytes)), 'ratio');
    const quality = effect(qualities, (one) => one.quality.map((value) => 100 * value), 'difference');
    if (!quality || !sizes) throw new RangeError(`${title}: a student has no quality or size`);
    return {
      title,
      pairs: pairs.length,
      quality,
      qualityDeviation: sampleDeviation(
        pairs.map(([without, having]) => qualities[having] - qualities[without]),
      ),
      latency: effect(
        students.map(({ latencyMs }) => latencyMs),
        (one) => one.latencyMs,
        'ratio',
      ),
      size: sizes,
      explained: effect(...fixed(students.map(({ explained }) => 100 * explained)), 'difference'),
    };
  });
}

/** Indices of the student without the choice, and of the one with it. */
type Pair = readonly [without: number, having: number];

function keyOf(factors: ReturnType<typeof factorsOf>): string {
  return Object.values(factors).join();
}

function meanOver(pairs: readonly Pair[], values: readonly number[], kind: 'difference' | 'ratio'): number {
  let sum = 0;
  for (const [without, having] of pairs)
    sum += kind === 'ratio' ? Math.log(values[having] / values[without]) : values[having] - values[without];
  return kind === 'ratio' ? Math.exp(sum / pairs.length) : sum / pairs.length;
}
