/** What a run cannot show, said from its own numbers: budget, test sizes, noise, what was not varied, what failed. */

import { hostOf } from '../../bench/device.js';
import type { LatencyReport } from '../../bench/latency-report.js';
import { indistinguishable } from '../../bench/repeatability.js';
import { quantile } from '../../statistics/quantiles.js';
import { oneLine, percent, signed, three, whole } from '../../text/format.js';
import { type Analysis, explainedBy } from '../analysis.js';
import { enginesOf } from '../device-frontiers.js';
import { factorTitle } from '../findings.js';
import type { StudyResults } from '../records.js';
import { inWords } from './capacity-figure.js';
import { CERTAIN } from './frontier-figure.js';

/** FRILL's release ran 380,000 steps; its documented batch sizes are 128 and 512. */
const RELEASE_WINDOWS = 380_000 * 128;

/** Plain text, in one line. */
export interface Limit {
  /** What it is about; a sentence, or nothing. */
  readonly title: string;
  readonly text: string;
}

function said(title: string, text: string): Limit {
  return { title, text: oneLine(text) };
}

export function limits(results: StudyResults, analysis: Analysis): Limit[] {
  const all = [
    budget(results),
    learning(results, analysis),
    tests(results, analysis),
    certainty(analysis),
    ties(analysis),
    latency(results),
    quantised(results),
    fixed(analysis),
    ...Object.entries(analysis.effects).map(([target, fit]) =>
      typeof fit === 'string' ? said('', `There is no regression for ${target}: ${fit}.`) : undefined,
    ),
    failures(results),
  ];
  return all.filter((limit) => limit !== undefined);
}

function budget({ students, start }: StudyResults): Limit | undefined {
  if (students.length === 0) return undefined;
  const fewest = Math.min(...students.map(({ training }) => training.windows));
  const falling = students.filter(({ training: { validation } }) => {
    const [before, last] = validation.slice(-2);
    return last !== undefined && before !== undefined && last[1] < 0.99 * before[1];
  }).length;
  return said(
    'How good these students can get.',
    `Each saw ${whole(fewest)} windows${start ? `${start.windows === undefined ? '' : `, after the ${whole(start.windows)} of ${start.name}`}, whose weights it began with` : ''}; FRILL's release saw at least
    ${three(RELEASE_WINDOWS / (fewest + (start?.windows ?? 0)))} times as many. ${falling > 0 ? `${falling} of ${students.length} were still improving at the end (by more than 1 % at the last validation). ` : ''}After
    so short a training, the ranking of sizes and widths may show how ${start ? 'much a network keeps of the weights that it began with' : 'fast a network learns'} rather than how good it becomes.`,
  );
}

/** What the students learnt, whether that made them good, and whether the larger ones could use their size. */
function learning({ students }: StudyResults, { correlations }: Analysis): Limit | undefined {
  const explained = students.map(explainedBy).filter(Number.isFinite);
  const { parameters, explained: onQuality } = correlations;
  if (explained.length === 0 && !parameters) return undefined;
  const [low, middle, high] = [0, 0.5, 1].map((q) => percent(quantile(explained, q)));
  const learnt =
    explained.length === 0
      ? ''
      : ` The students explain ${low} to ${high} % of the variance of their teacher's values on held-out windows (median
    ${middle} %). ${onQuality ? `Students that explain more are ${onQuality.interval[0] > 0 ? 'better' : onQuality.interval[1] < 0 ? 'not better but worse' : 'not measurably better'} on the tasks (${inWords(onQuality, 'correlation').slice(0, -1)}).` : ''}`;
  const size =
    parameters &&
    ` ${
      parameters.interval[0] > 0
        ? 'Larger students are already better'
        : parameters.interval[1] < 0
          ? 'Larger students are worse, which is the opposite of what FRILL found after a full training: they have not seen as much data as their size needs'
          : 'Larger students are neither better nor worse: none has seen as much data as its size needs'
    } (${inWords(parameters, 'correlation with the logarithm of parameters').slice(0, -1)}).`;
  return said(
    'What size is worth.',
    `${learnt}${size ?? ''}
    The weights and paired differences of size and width are valid for this amount of training only.`,
  );
}

/** Equal students, which all stay on the frontier. */
function ties({ ties }: Analysis): Limit | undefined {
  if (ties.length === 0) return undefined;
  return said(
    'Ties.',
    `These students are equal in latency and in quality, so neither is better than the other: ${ties.map((names) => names.join(' and ')).join('; ')}.`,
  );
}

function tests({ students, representations }: StudyResults, { pairs }: Analysis): Limit | undefined {
  const tasks = (students[0] ?? representations[0])?.quality ?? [];
  if (tasks.length === 0) return undefined;
  const widths = tasks.flatMap(({ title, interval }) =>
    interval ? [{ title, interval, width: interval[1] - interval[0] }] : [],
  );
  const widest = widths.length === 0 ? undefined : widths.reduce((a, b) => (b.width > a.width ? b : a));
  const without = tasks.filter(({ interval }) => interval === undefined).map(({ title }) => title);
  return said(
    'Small differences in quality.',
    `The tasks have ${whole(Math.min(...tasks.map((task) => task.testClips)))} to
    ${whole(Math.max(...tasks.map((task) => task.testClips)))} test clips.${widest ? ` The widest interval, for ${widest.title}, is ${percent(widest.interval[0])} to ${percent(widest.interval[1])} %.` : ''}
    ${without.length > 0 ? `There is no interval for ${without.join(', ')}: the test clips are from one or two speakers, which says nothing about other speakers.` : ''} Each network was trained once, with one seed${luck(pairs)}.`,
  );
}

/** Twins that differ in quantisation alone tell how much the luck of a training is worth, at most. */
function luck(pairs: Analysis['pairs']): string {
  const twins = pairs.find(({ title }) => title === 'quantisation-aware');
  if (!twins) return '';
  return `. In ${twins.pairs} pairs of students that differ only in quantisation, the difference in quality has a standard deviation of
    ${twins.qualityDeviation.toFixed(1)} points. It is the sum of noise in the test and of chance in training`;
}

function certainty({ frontier }: Analysis): Limit | undefined {
  const unsure = frontier.filter((row) => row.certainty < CERTAIN);
  if (frontier.length === 0) return undefined;
  return unsure.length === 0
    ? said(
        'The frontier is certain.',
        `All ${frontier.length} members are on it in at least 95 % of bootstrap draws.`,
      )
    : said(
        'Which students are on the frontier.',
        `${frontier.length - unsure.length} of ${frontier.length} members are certain
      (on it in at least 95 % of the bootstrap draws). Not certain: ${unsure.map(({ student, certainty }) => `${student.name} (${(100 * certainty).toFixed(0)} %)`).join(', ')}.`,
      );
}

function latency({ latency }: StudyResults): Limit | undefined {
  if (!latency || latency.models.length === 0) return undefined;
  const { device, repeatability, models } = latency;
  const close = indistinguishable(latency).length;
  const unsteady = models.filter(({ warmup }) => !warmup.steady).length;
  const [first, second] = repeatability.mediansMs;
  return said(
    'Latency on a phone.',
    `Latency was measured with ${enginesOf(latency)} on ${device.name ?? device.processor} (${hostOf(device)}), not on the Pixel 1 of the post. On another
    device, ratios of latencies stay more alike than milliseconds. One model was measured twice in every round, and the two results differed by ${signed(100 * (second / first - 1))} %
    (95 % bound ${(100 * repeatability.bound).toFixed(1)} %). In the ranking, ${close === 0 ? 'all neighbours differ by more than this bound' : `${close} of ${whole(models.length - new Set(models.map(({ path }) => path)).size)} pairs of neighbours differ by less than this bound, so their order is not known`}.${
      unsteady > 0
        ? ` ${unsteady === 1 ? 'One measurement' : `${unsteady} measurements`} did not become steady while warming up.`
        : ''
    }${disturbances(latency)}`,
  );
}

/** How quiet the machine was. What makes the measurement invalid stands at the head of the report. */
function disturbances({ disturbance, device }: LatencyReport): string {
  if (!disturbance)
    return (device.load ?? 0) > device.cores
      ? ` The machine was busy (load ${device.load} on ${device.cores} cores).`
      : '';
  const { measurements, repeated, disturbed } = disturbance;
  return disturbed + repeated === 0
    ? ' The machine was quiet during the measurement.'
    : ` Of ${whole(measurements)} timings, ${whole(repeated)} were repeated because the machine was busy, and ${whole(disturbed)} were kept although it was busy.`;
}

/** The exported form of quantisation-aware students, which saves bytes on the disk and in the network but no time. */
function quantised({ students, latency }: StudyResults): Limit | undefined {
  if (!latency || students.every(({ config }) => config.quantization === 'none')) return undefined;
  return said(
    'What quantisation could do for latency.',
    `The int8 kernels of quantisation-aware students are unpacked to float32 when a file is
    loaded, so quantisation-aware training can lower the size here, but not the latency. With a runtime that computes in int8, this may differ.`,
  );
}

function fixed({ effects }: Analysis): Limit | undefined {
  const fit = effects.quality;
  if (typeof fit === 'string' || fit.fixed.length + fit.aliased.length === 0) return undefined;
  const titles = (names: readonly string[]) => names.map(factorTitle).join(', ');
  const sentences = [
    ...(fit.fixed.length > 0 ? [`${titles(fit.fixed)} did not vary among these students.`] : []),
    ...(fit.aliased.length > 0
      ? [
          `${titles(fit.aliased)} varied only together with other choices. The weights of those stand for both.`,
        ]
      : []),
    `With ${fit.degreesOfFreedom} degrees of freedom the weights are ${fit.degreesOfFreedom < 10 ? 'rough' : 'well determined'}.`,
  ];
  return said('Choices that were not varied.', sentences.join(' '));
}

function failures({ failures: failed }: StudyResults): Limit | undefined {
  if (failed.length === 0) return undefined;
  return said(
    'Students that failed.',
    `${failed.map(({ student, reason }) => `${student}: ${reason}`).join('; ')}.`,
  );
}
