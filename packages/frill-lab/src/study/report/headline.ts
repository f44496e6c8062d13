/** The run in a title, a sentence and four numbers. */

import { escaped, percent, signed, three } from '../../text/format.js';
import { type Analysis, BUDGET_MS, MIB, meanQuality, type StudentRow } from '../analysis.js';
import type { StudyResults } from '../records.js';

export interface Fact {
  readonly value: string;
  readonly unit: string;
  readonly label: string;
}

export interface Headline {
  readonly title: string;
  /** HTML. */
  readonly lead: string;
  /** The same in plain text, for the last lines of the command. */
  readonly summary: string;
  readonly facts: readonly Fact[];
}

export function headline(results: StudyResults, analysis: Analysis): Headline {
  const { best } = analysis;
  const teacher = results.representations.find(({ role }) => role === 'teacher');
  const count = results.students.length;
  if (!best || !teacher) return beforeLatency(results, analysis, teacher);
  const against = analysis.bestAgainst.find(({ name }) => name === teacher.name);
  const interval = against ? ` [${against.interval.map((value) => signed(value)).join(', ')}]` : '';
  const difference = 100 * (best.quality - meanQuality(teacher.quality));
  const where = best.latencyMs <= BUDGET_MS ? `under ${BUDGET_MS} ms` : 'on the frontier';
  const text = (name: string) =>
    `Of ${count} students distilled from ${teacher.name}${beganWith(results, teacher.name)}, ${analysis.frontier.length} ${analysis.frontier.length === 1 ? 'is' : 'are'} on the latency-quality frontier. ` +
    `The best of them ${where} is ${name}: ${percent(best.quality)} % on average over ${tasksOf(best)}, ` +
    `${signed(difference)}${interval} points compared with its teacher, ${three(best.latencyMs)} ms per window, ${three(best.sizeMiB)} MiB.${baselineSentence(results, best)}`;
  const facts: Fact[] = [
    {
      value: percent(best.quality),
      unit: ' %',
      label: `mean over tasks (teacher ${percent(meanQuality(teacher.quality))} %)`,
    },
    { value: three(best.latencyMs), unit: ' ms', label: 'per window of 0.975 s, one thread' },
    { value: three(best.sizeMiB), unit: ' MiB', label: sizeLabel(teacher.bytes) },
    speedFact(results, best, teacher.name),
  ];
  return {
    title: results.title,
    lead: text(`<strong>${escaped(best.student.name)}</strong>`),
    summary: text(best.student.name),
    facts,
  };
}

/** Nothing where they began with random weights. */
function beganWith({ start }: StudyResults, teacher: string): string {
  if (!start) return '';
  return start.name === teacher
    ? ', with whose weights they began'
    : `, which began with the weights of ${start.name}`;
}

/** What can be said before latencies are known: how good the students are that are made so far. */
function beforeLatency(
  results: StudyResults,
  { rows }: Analysis,
  teacher: StudyResults['representations'][number] | undefined,
): Headline {
  const { title, students } = results;
  const [best] = [...rows].sort((a, b) => b.quality - a.quality);
  const against = teacher
    ? `${teacher.name}, which reaches ${percent(meanQuality(teacher.quality))} %`
    : 'their teacher';
  const text = (name: string) =>
    best
      ? `This run is not finished: ${students.length === 1 ? '1 student is' : `${students.length} students are`} made so far. ` +
        `The best of them is ${name}: ${percent(best.quality)} % on average over ${tasksOf(best)}, ` +
        `distilled from ${against}; ${three(best.sizeMiB)} MiB.${baselineSentence(results, best)} Latency was not measured yet.`
      : `This run is not finished: there is no student yet.${results.representations
          .map(
            ({ name, role, quality }) => ` The ${role} ${name} reaches ${percent(meanQuality(quality))} %.`,
          )
          .join('')}`;
  const facts: Fact[] = best
    ? [
        { value: percent(best.quality), unit: ' %', label: 'mean over tasks, the best so far' },
        { value: three(best.sizeMiB), unit: ' MiB', label: sizeLabel(teacher?.bytes) },
      ]
    : [];
  return {
    title,
    lead: text(`<strong>${escaped(best?.student.name ?? '')}</strong>`),
    summary: text(best?.student.name ?? ''),
    facts,
  };
}

/** A baseline that needs no training is the least that a student must beat; where it does not, that comes first. */
function baselineSentence({ representations }: StudyResults, best: StudentRow): string {
  const baselines = representations.filter(({ role }) => role === 'baseline');
  const better = baselines.filter(({ quality }) => meanQuality(quality) >= best.quality);
  if (better.length > 0)
    return ` This is not better than ${better.map(({ name, quality }) => `${name} (${percent(meanQuality(quality))} %)`).join(' and ')}, which no one trained.`;
  return baselines
    .map(({ name, quality }) => ` The baseline ${name} reaches ${percent(meanQuality(quality))} %.`)
    .join('');
}

function sizeLabel(teacherBytes: number | undefined): string {
  return teacherBytes ? `on disk (teacher ${three(teacherBytes / MIB)} MiB)` : 'on disk, float32';
}

/** Against the teacher where its latency was measured, else against real time. */
function speedFact({ latency }: StudyResults, best: StudentRow, teacher: string): Fact {
  const time = (name: string, path: string) =>
    latency?.models.find((model) => model.name === name && model.path === path)?.medianMs;
  const [slow, fast] = [time(teacher, 'audio-to-embedding'), time(best.student.name, 'audio-to-embedding')];
  if (slow && fast)
    return { value: three(slow / fast), unit: ' ×', label: 'the speed of its teacher, audio to embedding' };
  return {
    value: three(975 / (fast ?? best.latencyMs)),
    unit: ' ×',
    label: fast ? 'real time, audio to embedding' : 'real time, model only',
  };
}

/** `one task`, `6 tasks`. */
function tasksOf({ student }: StudentRow): string {
  const count = student.quality.length;
  return count === 1 ? 'one task' : `${count} tasks`;
}
