/**
 * What the blog post found, beside what this run finds. Every verdict is computed from our regressions: an effect whose
 * 95 % interval contains zero decides nothing.
 */
import type { Analysis, Target } from './analysis.js';
import type { Effects } from './effects.js';

export type Verdict = 'agrees' | 'differs' | 'open' | 'not varied';

export interface Finding {
  /** The post's statement, in our words. */
  readonly statement: string;
  readonly verdict: Verdict;
  /** Our numbers. */
  readonly evidence: string;
}

/** Display names of the regression's columns. */
export const FACTOR_TITLES: Readonly<Record<string, string>> = {
  'size=small': 'small, not tiny',
  'size=large': 'large, not tiny',
  width: 'width',
  gap: 'average pooling (GAP)',
  compression: 'compression',
  qat: 'quantisation-aware',
};

export function compareWithPost({ effects }: Analysis): Finding[] {
  return [
    lowers(effects, 'gap', 'latency', 'Global average pooling lowers latency'),
    lowers(effects, 'compression', 'latency', 'Bottleneck compression lowers latency'),
    lowers(effects, 'qat', 'latency', 'Quantisation-aware training lowers latency'),
    extreme(effects, 'quality', 'compression', 'most', 'Compression costs most quality'),
    extreme(effects, 'quality', 'gap', 'least', 'Average pooling costs least quality'),
    largestOn(effects, 'size', 'width', 'Width moves size most'),
  ];
}

function weightOf(fit: Effects | string, factor: string): { weight: number; margin: number } | undefined {
  if (typeof fit === 'string') return undefined;
  const index = fit.names.indexOf(factor);
  return index < 0 ? undefined : { weight: fit.weights[index], margin: fit.margins[index] };
}

/** `-0.42 ± 0.10`; weights are in standard deviations. */
export function withMargin({ weight, margin }: { weight: number; margin: number }): string {
  const sign = weight < 0 ? '−' : '+';
  return `${sign}${Math.abs(weight).toFixed(2)}${Number.isFinite(margin) ? ` ± ${margin.toFixed(2)}` : ''}`;
}

function notVaried(statement: string, factor: string): Finding {
  return {
    statement,
    verdict: 'not varied',
    evidence: `${FACTOR_TITLES[factor]} has no weight in this run`,
  };
}

function lowers(effects: Analysis['effects'], factor: string, target: Target, statement: string): Finding {
  const fit = effects[target];
  if (typeof fit === 'string')
    return { statement, verdict: 'open', evidence: `no weights on ${target}: ${fit}` };
  const found = weightOf(fit, factor);
  if (!found) return notVaried(statement, factor);
  const isOpen = !(Math.abs(found.weight) > found.margin);
  return {
    statement,
    verdict: isOpen ? 'open' : found.weight < 0 ? 'agrees' : 'differs',
    evidence: `weight on ${target} ${withMargin(found)}`,
  };
}

/** Among the three ways to make a student cheaper, which costs most or least quality. */
function extreme(
  effects: Analysis['effects'],
  target: Target,
  factor: string,
  which: 'most' | 'least',
  statement: string,
): Finding {
  const savings = ['gap', 'compression', 'qat'].flatMap((name) => {
    const found = weightOf(effects[target], name);
    return found ? [{ name, ...found }] : [];
  });
  const own = savings.find(({ name }) => name === factor);
  if (!own || savings.length < 2) return notVaried(statement, own ? 'compression' : factor);
  const ranked = [...savings].sort((a, b) => a.weight - b.weight);
  const winner = which === 'most' ? ranked[0] : ranked[ranked.length - 1];
  const rival = which === 'most' ? ranked[1] : ranked[ranked.length - 2];
  const gap = Math.abs(winner.weight - rival.weight);
  const isOpen = gap <= Math.hypot(winner.margin, rival.margin);
  return {
    statement,
    verdict: isOpen ? 'open' : winner.name === factor ? 'agrees' : 'differs',
    evidence: ranked.map((item) => `${FACTOR_TITLES[item.name]} ${withMargin(item)}`).join(', '),
  };
}

/** Size enters as its larger step; comparing magnitudes needs all columns standardised, which they are. */
function largestOn(effects: Analysis['effects'], target: Target, factor: string, statement: string): Finding {
  const fit = effects[target];
  const own = weightOf(fit, factor);
  if (typeof fit === 'string' || !own) return notVaried(statement, factor);
  const ranked = fit.names
    .map((name, index) => ({ name, weight: fit.weights[index], margin: fit.margins[index] }))
    .filter(({ name }) => name !== 'intercept')
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const [first, second] = ranked;
  const isOpen =
    second !== undefined &&
    Math.abs(first.weight) - Math.abs(second.weight) <= Math.hypot(first.margin, second.margin);
  return {
    statement,
    verdict: isOpen ? 'open' : first.name === factor ? 'agrees' : 'differs',
    evidence: ranked
      .slice(0, 3)
      .map((item) => `${FACTOR_TITLES[item.name] ?? item.name} ${withMargin(item)}`)
      .join(', '),
  };
}
