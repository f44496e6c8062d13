/** What "no difference" looks like: how far a model is from itself when it is measured again, and which models are no further apart. */

import { resample } from '../statistics/bootstrap.js';
import { median, quantile } from '../statistics/quantiles.js';
import type { Random } from '../tensor/random.js';
import type { LatencyReport, ModelLatency } from './latency-report.js';

/** A model measured twice in the same rounds. */
export function compareRepeats(
  a: ModelLatency,
  b: ModelLatency,
  stream: Random,
): LatencyReport['repeatability'] {
  const [roundsA, roundsB] = [a.rounds.map(median), b.rounds.map(median)];
  const differences = Array.from({ length: 2000 }, () =>
    Math.abs(Math.log(median(resample(roundsA, stream)) / median(resample(roundsB, stream)))),
  );
  return {
    reference: a.name,
    mediansMs: [a.medianMs, b.medianMs],
    bound: Number(Math.expm1(quantile(differences, 0.95)).toFixed(4)),
  };
}

/**
 * Pairs of models, neighbours in the ranking by latency, whose difference is no larger than that of the reference
 * measured twice: their order is not known.
 */
export function indistinguishable({ models, repeatability }: LatencyReport): [string, string][] {
  const pairs: [string, string][] = [];
  for (const path of ['model', 'audio-to-embedding'] as const) {
    const ranked = models.filter((model) => model.path === path).sort((a, b) => a.medianMs - b.medianMs);
    for (const [index, slower] of ranked.slice(1).entries())
      if (slower.medianMs / ranked[index].medianMs - 1 <= repeatability.bound)
        pairs.push([ranked[index].name, slower.name]);
  }
  return pairs;
}
