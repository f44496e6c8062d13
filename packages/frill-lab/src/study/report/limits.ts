/** What a run cannot show, said from its own numbers: budget, test sizes, noise, what was not varied, what failed. */

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

function budget({ students }: StudyResults): Limit | undefined {
  if (students.length === 0) return undefined;
  const fewest = Math.min(...students.map(({ training }) => training.windows));
  const falling = students.filter(({ training: { validation } }) => {
    const [before, last] = validation.slice(-2);
    return last !== undefined && before !== undefined && last[1] < 0.99 * before[1];
  }).length;
  return said(
    'How good these students can get.',
    `Each saw ${whole(fewest)} windows; FRILL's release saw at least
    ${three(RELEASE_WINDOWS / fewest)} times as many. ${falling > 0 ? `${falling} of ${students.length} were still improving when they were stopped (by more than 1 % at the last validation). ` : ''}At
    such a budget the order of sizes and widths says how fast a network learns as much as how good it ends.`,
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
    ${middle} %). ${onQuality ? `Who explains more is ${onQuality.interval[0] > 0 ? 'better' : onQuality.interval[1] < 0 ? 'not better but worse' : 'not measurably better'} on the tasks (${inWords(onQuality, 'correlation').slice(0, -1)}).` : ''}`;
  const size =
    parameters &&
    ` ${
      parameters.interval[0] > 0
        ? 'Larger students are better already'
        : parameters.interval[1] < 0
          ? 'Larger students are worse: they have not had the data that their size needs, which is the opposite of what FRILL found with a full training'
          : 'Larger students are neither better nor worse: none has had the data that its size needs'
    } (${inWords(parameters, 'correlation with the logarithm of parameters').slice(0, -1)}).`;
  return said(
    'What size is worth.',
    `${learnt}${size ?? ''}
    Weights and paired differences of size and width hold for this budget only.`,
  );
}

/** Of equal students all stay on the frontier. */
function ties({ ties }: Analysis): Limit | undefined {
  if (ties.length === 0) return undefined;
  return said(
    'Ties.',
    `Equal in latency and quality, so that neither can be preferred: ${ties.map((names) => names.join(' and ')).join('; ')}.`,
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
    `Test sides have ${whole(Math.min(...tasks.map((task) => task.testClips)))} to
    ${whole(Math.max(...tasks.map((task) => task.testClips)))} clips.${widest ? ` The widest interval, for ${widest.title}, is ${percent(widest.interval[0])} to ${percent(widest.interval[1])} %.` : ''}
    ${without.length > 0 ? `There is no interval for ${without.join(', ')}: one or two test speakers say nothing of others.` : ''} Each network was trained once, with one seed${luck(pairs)}.`,
  );
}

/** Twins that differ in quantisation alone tell how much the luck of a training is worth, at most. */
function luck(pairs: Analysis['pairs']): string {
  const twins = pairs.find(({ title }) => title === 'quantisation-aware');
  if (!twins) return '';
  return `: quality differs between ${twins.pairs} pairs of twins that differ in quantisation alone with a standard deviation of
    ${twins.qualityDeviation.toFixed(1)} points, test noise and the luck of a training together`;
}

function certainty({ frontier }: Analysis): Limit | undefined {
  const unsure = frontier.filter((row) => row.certainty < CERTAIN);
  if (frontier.length === 0) return undefined;
  return unsure.length === 0
    ? said(
        'The frontier holds.',
        `All ${frontier.length} members are on it in at least 95 % of bootstrap draws.`,
      )
    : said(
        'Who exactly is on the frontier.',
        `${frontier.length - unsure.length} of ${frontier.length} members are certain
      (on it in 95 % of bootstrap draws). Not certain: ${unsure.map(({ student, certainty }) => `${student.name} (${(100 * certainty).toFixed(0)} %)`).join(', ')}.`,
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
    `Measured with ${enginesOf(latency)} on ${device.processor}, not on the post's Pixel 1: ratios
    travel better than milliseconds. The same model measured twice in every round differed by ${signed(100 * (second / first - 1))} %
    (95 % bound ${(100 * repeatability.bound).toFixed(1)} %); ${close === 0 ? 'all neighbours in the ranking differ by more' : `${close} of ${whole(models.length - new Set(models.map(({ path }) => path)).size)} pairs of neighbours in the ranking differ by less, so their order is not known`}.${
      unsteady > 0
        ? ` ${unsteady === 1 ? 'One measurement' : `${unsteady} measurements`} did not become steady while warming up.`
        : ''
    }${disturbances(latency)}`,
  );
}

/** How quiet the machine was. What makes the measurement invalid stands at the head of the report. */
function disturbances({ disturbance, device }: LatencyReport): string {
  if (!disturbance)
    return device.load > device.cores
      ? ` The machine was busy (load ${device.load} on ${device.cores} cores).`
      : '';
  const { measurements, repeated, disturbed } = disturbance;
  return disturbed + repeated === 0
    ? ' The machine was quiet while they were measured.'
    : ` Of ${whole(measurements)} timings ${whole(repeated)} were made again because the machine was not quiet, and ${whole(disturbed)} kept although it was not.`;
}

/** Of the exported forms, the one that quantisation-aware students have is for the disk and the network. */
function quantised({ students, latency }: StudyResults): Limit | undefined {
  if (!latency || students.every(({ config }) => config.quantization === 'none')) return undefined;
  return said(
    'What quantisation could do for latency.',
    `The int8 kernels of quantisation-aware students are unpacked to float32 when a file is
    loaded, so that here quantisation-aware training can lower size, but not latency. A runtime that computes in int8 might tell otherwise.`,
  );
}

function fixed({ effects }: Analysis): Limit | undefined {
  const fit = effects.quality;
  if (typeof fit === 'string' || fit.fixed.length + fit.aliased.length === 0) return undefined;
  const titles = (names: readonly string[]) => names.map(factorTitle).join(', ');
  const sentences = [
    ...(fit.fixed.length > 0 ? [`${titles(fit.fixed)} did not vary among these students.`] : []),
    ...(fit.aliased.length > 0
      ? [`${titles(fit.aliased)} varied only together with others, whose weights stand for both.`]
      : []),
    `With ${fit.degreesOfFreedom} degrees of freedom the weights are ${fit.degreesOfFreedom < 10 ? 'rough' : 'well determined'}.`,
  ];
  return said('Choices that were not made.', sentences.join(' '));
}

function failures({ failures: failed }: StudyResults): Limit | undefined {
  if (failed.length === 0) return undefined;
  return said(
    'Students that failed.',
    `${failed.map(({ student, reason }) => `${student}: ${reason}`).join('; ')}.`,
  );
}
