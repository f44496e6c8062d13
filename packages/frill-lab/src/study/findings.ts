/**
 * What the blog post found, beside what this run finds. Every verdict is computed, from our regressions and matched pairs: an effect
 * whose 95 % interval contains zero decides nothing.
 */

import { signed } from '../text/format.js';
import { type Analysis, BUDGET_MS, type Target } from './analysis.js';
import type { Effects } from './effects.js';
import { fullGrid } from './grid.js';
import type { StudyResults } from './records.js';

/** `cannot tell` at this run's precision. */
export type Verdict = 'agrees' | 'differs' | 'cannot tell' | 'not varied';

export interface Finding {
  /** The post's statement, in our words. */
  readonly statement: string;
  readonly verdict: Verdict;
  /** Our numbers. */
  readonly evidence: string;
}

/** Display names of the regression's columns. */
const FACTOR_TITLES: Readonly<Record<string, string>> = {
  'size=small': 'small, not tiny',
  'size=large': 'large, not tiny',
  width: 'width',
  gap: 'average pooling (GAP)',
  compression: 'compression',
  qat: 'quantisation-aware',
};

/** `width × average pooling (GAP)` for a product of columns. */
export function factorTitle(name: string): string {
  return name
    .split(' x ')
    .map((factor) => FACTOR_TITLES[factor] ?? factor)
    .join(' × ');
}

/** The post's findings in its order. */
export function compareWithPost(results: StudyResults, analysis: Analysis): Finding[] {
  const { effects } = analysis;
  return [
    fewOnFrontier(analysis),
    littleLost(results, analysis),
    cheaperThanTeacher(results, analysis),
    lowersLatency(analysis, 'gap', 'Global average pooling lowers latency'),
    lowersLatency(analysis, 'compression', 'Bottleneck compression lowers latency'),
    unpacked(lowersLatency(analysis, 'qat', 'Quantisation-aware training lowers latency')),
    largestOn(
      effects,
      'latency',
      ['qat', 'compression', 'gap'],
      'Quantisation-aware training, compression and average pooling lower latency most',
    ),
    extreme(effects, 'quality', 'compression', 'most', 'Compression costs most quality'),
    extreme(effects, 'quality', 'gap', 'least', 'Average pooling costs least quality'),
    largestOn(effects, 'size', ['width'], 'Width moves size most, for little quality'),
  ];
}

/** The post kept eight of 144. */
function fewOnFrontier({ rows, frontier, frontierSize: [low, high] }: Analysis): Finding {
  const statement = 'Eight of 144 students have no strictly better alternative';
  const total = fullGrid().length;
  if (frontier.length === 0 || rows.length < total)
    return { statement, verdict: 'not varied', evidence: `${frontier.length} of ${rows.length} here` };
  return {
    statement,
    verdict: low <= 8 && 8 <= high ? 'agrees' : 'differs',
    evidence: `${frontier.length} of ${rows.length}; ${low.toFixed(0)} to ${high.toFixed(0)} when measurements are drawn again`,
  };
}

/** FRILL lost less than two points on average. */
function littleLost({ representations }: StudyResults, { best, bestAgainst }: Analysis): Finding {
  const statement = `The best student under ${BUDGET_MS} ms loses less than 2 points against its teacher`;
  const teacher = representations.find(({ role }) => role === 'teacher');
  const found = bestAgainst.find(({ name }) => name === teacher?.name);
  if (!best || !found) return { statement, verdict: 'cannot tell', evidence: 'latency was not measured yet' };
  const [low, high] = found.interval;
  return {
    statement,
    verdict: low > -2 ? 'agrees' : high < -2 ? 'differs' : 'cannot tell',
    evidence: `${best.student.name}: ${signed(found.mean)} [${signed(low)}, ${signed(high)}] points`,
  };
}

/** FRILL: 32 times as fast as TRILL, at 40 % of its size. */
function cheaperThanTeacher({ representations, latency }: StudyResults, { best }: Analysis): Finding {
  const statement = 'That student is many times faster than its teacher, and smaller';
  const teacher = representations.find(({ role }) => role === 'teacher');
  const time = (name: string | undefined) =>
    latency?.models.find((model) => model.name === name && model.path === 'audio-to-embedding')?.medianMs;
  const [slow, fast] = [time(teacher?.name), time(best?.student.name)];
  if (!best || !slow || !fast || !teacher?.bytes)
    return { statement, verdict: 'cannot tell', evidence: 'the teacher’s latency or size was not measured' };
  const [speed, size] = [slow / fast, best.student.bytes / teacher.bytes];
  return {
    statement,
    verdict: speed > 2 && size < 1 ? 'agrees' : 'differs',
    evidence: `${speed.toFixed(1)} times as fast from audio to embedding (the post: 32), ${(100 * size).toFixed(0)} % of the size (40)`,
  };
}

function weightOf(fit: Effects | string, factor: string): { weight: number; margin: number } | undefined {
  if (typeof fit === 'string') return undefined;
  const index = fit.names.indexOf(factor);
  return index < 0 ? undefined : { weight: fit.weights[index], margin: fit.margins[index] };
}

/** `−0.42 [−0.52, −0.32]`, with the 95 % interval; weights are in standard deviations. */
function withInterval({ weight, margin }: { weight: number; margin: number }): string {
  const interval = [weight - margin, weight + margin].map((bound) => signed(bound, 2)).join(', ');
  return `${signed(weight, 2)}${Number.isFinite(margin) ? ` [${interval}]` : ''}`;
}

function notVaried(statement: string, factor: string): Finding {
  return {
    statement,
    verdict: 'not varied',
    evidence: `${FACTOR_TITLES[factor]} has no weight in this run`,
  };
}

/**
 * Whether a choice lowers latency: by matched pairs where there are some, for they hold all else equal; by the regression's weight
 * otherwise.
 */
function lowersLatency({ effects, pairs }: Analysis, factor: string, statement: string): Finding {
  const fit = effects.latency;
  if (typeof fit === 'string')
    return { statement, verdict: 'cannot tell', evidence: `no weights on latency: ${fit}` };
  const found = weightOf(fit, factor);
  if (!found) return notVaried(statement, factor);
  const weight = `weight ${withInterval(found)}`;
  const pair = pairs.find(({ title }) => title === factorTitle(factor));
  if (!pair?.latency)
    return {
      statement,
      verdict: verdictOf(found.weight - found.margin, found.weight + found.margin),
      evidence: weight,
    };
  const percent = (ratio: number) => signed(100 * (ratio - 1));
  const [low, high] = pair.latency.interval;
  return {
    statement,
    verdict: verdictOf(low - 1, high - 1),
    evidence: `${percent(pair.latency.mean)} % [${percent(low)}, ${percent(high)}] over ${pair.pairs} pairs; ${weight}`,
  };
}

/** A choice that cannot act on latency here says so; see docs/export.md. */
function unpacked(finding: Finding): Finding {
  if (finding.verdict === 'not varied') return finding;
  return {
    ...finding,
    evidence: `${finding.evidence}; the int8 kernel is unpacked to float32 when a file is loaded here`,
  };
}

/** Verdict on an effect that the post found to be negative, from its interval. */
function verdictOf(low: number, high: number): Verdict {
  return high < 0 ? 'agrees' : low > 0 ? 'differs' : 'cannot tell';
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
    verdict: isOpen ? 'cannot tell' : winner.name === factor ? 'agrees' : 'differs',
    evidence: ranked.map((item) => `${FACTOR_TITLES[item.name]} ${withInterval(item)}`).join(', '),
  };
}

/**
 * Whether these factors have the largest weights on a target, in whatever order: the least of them against the largest of the
 * others. Comparing magnitudes needs all columns standardised, which they are.
 */
function largestOn(
  effects: Analysis['effects'],
  target: Target,
  factors: readonly string[],
  statement: string,
): Finding {
  const fit = effects[target];
  const missing = factors.find((factor) => !weightOf(fit, factor));
  if (typeof fit === 'string' || missing !== undefined) return notVaried(statement, missing ?? factors[0]);
  const ranked = fit.names
    .map((name, index) => ({ name, weight: fit.weights[index], margin: fit.margins[index] }))
    .filter(({ name }) => name !== 'intercept')
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const least = ranked.findLast(({ name }) => factors.includes(name));
  const rival = ranked.find(({ name }) => !factors.includes(name));
  const ahead = Math.abs(least?.weight ?? 0) - Math.abs(rival?.weight ?? 0);
  const isOpen = Math.abs(ahead) <= Math.hypot(least?.margin ?? 0, rival?.margin ?? 0);
  const onQuality = factors.length === 1 ? weightOf(effects.quality, factors[0]) : undefined;
  return {
    statement,
    verdict: isOpen ? 'cannot tell' : ahead > 0 ? 'agrees' : 'differs',
    evidence: `${ranked
      .filter(({ name }, place) => place < 3 || factors.includes(name))
      .map((item) => `${factorTitle(item.name)} ${withInterval(item)}`)
      .join(', ')}${onQuality ? `; ${factors[0]} on quality ${withInterval(onQuality)}` : ''}`,
  };
}
