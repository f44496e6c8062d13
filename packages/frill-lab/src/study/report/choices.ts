/** What each choice costs, in numbers: the regression's weights, and differences over matched pairs. */
import type { LatencyReport } from '../../bench/latency-report.js';
import { csv } from '../../text/csv.js';
import { signed } from '../../text/format.js';
import type { Sheet } from '../../text/sheet.js';
import { type Analysis, TARGETS } from '../analysis.js';
import { factorTitle } from '../findings.js';
import type { PairedEffect } from '../pairs.js';
import { quantisedTwins } from '../quantised-twins.js';

/** Standardised weights ± standard errors, a column an outcome; the last row is R². */
export function weightsSheet({ effects }: Analysis): Sheet | undefined {
  const fits = TARGETS.map((target) => effects[target]);
  const names = new Set(fits.flatMap((fit) => (typeof fit === 'string' ? [] : fit.names)));
  names.delete('intercept');
  if (names.size === 0) return undefined;
  const cell = (fit: (typeof fits)[number], name: string) => {
    const index = typeof fit === 'string' ? -1 : fit.names.indexOf(name);
    if (typeof fit === 'string' || index < 0) return '–';
    const error = fit.standardErrors[index];
    return `${signed(fit.weights[index], 2)}${Number.isFinite(error) ? ` ± ${error.toFixed(2)}` : ''}`;
  };
  return {
    columns: ['weight ± standard error', ...TARGETS],
    rows: [
      ...Array.from(names, (name) => [factorTitle(name), ...fits.map((fit) => cell(fit, name))]),
      ['R²', ...fits.map((fit) => (typeof fit === 'string' ? '–' : fit.rSquared.toFixed(2)))],
    ],
  };
}

export function pairsCaption({ pairs }: Analysis): string {
  const explained = hasExplained(pairs)
    ? "; “explained” is the part of the teacher's variance that a student explains on held-out windows"
    : '';
  return `Mean differences between students that differ in exactly one choice, with 95 % bootstrap intervals over pairs, test clips and
  latency rounds${explained}. Unlike the regression, this does not assume that a choice has the same effect in all students.`;
}

/** Mean differences over pairs that differ in one choice alone, with 95 % intervals. */
export function pairsSheet({ pairs }: Analysis): Sheet | undefined {
  if (pairs.length === 0) return undefined;
  const isKnown = hasExplained(pairs);
  return {
    columns: [
      'choice (pairs)',
      'quality, points',
      'latency, %',
      'size, %',
      ...(isKnown ? ['explained, points'] : []),
    ],
    rows: pairs.map(({ title, pairs, quality, latency, size, explained }) => [
      `${title} (${pairs})`,
      points(quality),
      change(latency),
      change(size),
      ...(isKnown ? [points(explained)] : []),
    ]),
  };
}

/** Whether what students explain of their teacher was measured. */
function hasExplained(pairs: Analysis['pairs']): boolean {
  return pairs.some(({ explained }) => explained !== undefined);
}

export function pairsCsv({ pairs }: Analysis): string {
  const numbers = (effect: PairedEffect | undefined): (string | number)[] =>
    effect ? [effect.mean, ...effect.interval] : ['', '', ''];
  const columns = ['quality_points', 'latency_ratio', 'size_ratio', 'explained_points'];
  return csv(
    ['choice', 'pairs', ...columns.flatMap((name) => [name, `${name}_low`, `${name}_high`])],
    pairs.map(({ title, pairs, quality, latency, size, explained }) => [
      title,
      pairs,
      ...[quality, latency, size, explained].flatMap(numbers),
    ]),
  );
}

function points(effect: PairedEffect | undefined): string {
  return effect ? withInterval(effect, (value) => signed(value)) : '–';
}

/** A ratio as a change in percent. */
function change(effect: PairedEffect | undefined): string {
  if (!effect) return '–';
  return withInterval(effect, (ratio) => signed(100 * (ratio - 1), Math.abs(ratio - 1) < 0.1 ? 1 : 0));
}

function withInterval({ mean, interval }: PairedEffect, shown: (value: number) => string): string {
  return `${shown(mean)} [${interval.map(shown).join(', ')}]`;
}

/** Whether any quantised file is slower than its float32 twin, and what it gains. */
export function formsSentence({ rows }: Analysis, latency: LatencyReport | undefined): string {
  const found = quantisedTwins(rows, latency);
  if (!found) return '';
  const { pairs, sizeRatios, slower, bad } = found;
  const [most, least] = sizeRatios.map((ratio) => `${(100 * (1 - ratio)).toFixed(0)} %`);
  const size = `Quantised files are ${least === most ? '' : `${least} to `}${most} smaller than their ${pairs} float32 twins.`;
  if (!latency) return size;
  if (slower.length === 0) return `${size} None is slower by more than two measurements of one model differ.`;
  const verdict =
    bad.length === 0
      ? 'but all of these are smaller'
      : `and these are not smaller either, so they have no advantage: ${bad.join(', ')}`;
  return `${size} ${slower.length} ${slower.length === 1 ? 'is' : 'are'} slower by more than the noise, ${verdict}.`;
}
