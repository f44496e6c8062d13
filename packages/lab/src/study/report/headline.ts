/** The run in a title, a sentence and four numbers. */
import { type Analysis, MIB, meanQuality, type StudentRow } from '../analysis.js';
import type { StudyResults } from '../records.js';
import { escaped, percent, signed, three } from './format.js';

/** The blog post's budget: FRILL is its best model under 10 ms. */
const BUDGET_MS = 10;

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

/** The student to name first: the best on the frontier within the budget, else the best on the frontier. */
export function bestStudent({ frontier }: Analysis): StudentRow | undefined {
  return frontier.filter((row) => row.latencyMs <= BUDGET_MS).at(-1) ?? frontier.at(-1);
}

export function headline(results: StudyResults, analysis: Analysis): Headline {
  const best = bestStudent(analysis);
  const teacher = results.representations.find(({ role }) => role === 'teacher');
  const count = results.students.length;
  if (!best || !teacher)
    return {
      title: results.title,
      lead: 'No student was measured.',
      summary: 'No student was measured.',
      facts: [],
    };
  const difference = 100 * (best.quality - meanQuality(teacher.quality));
  const where = best.latencyMs <= BUDGET_MS ? `under ${BUDGET_MS} ms` : 'on the frontier';
  const text = (name: string) =>
    `Of ${count} students distilled from ${teacher.name}, ${analysis.frontier.length} ${analysis.frontier.length === 1 ? 'is' : 'are'} on the latency-quality frontier. ` +
    `The best of them ${where} is ${name}: ${percent(best.quality)} % on average over ${best.student.quality.length} tasks, ` +
    `${signed(difference)} points against its teacher, ${three(best.latencyMs)} ms a window, ${three(best.sizeMiB)} MiB.${baselineSentence(results, best)}`;
  const facts: Fact[] = [
    {
      value: percent(best.quality),
      unit: ' %',
      label: `mean over tasks (teacher ${percent(meanQuality(teacher.quality))} %)`,
    },
    { value: three(best.latencyMs), unit: ' ms', label: 'a window of 0.975 s, one thread' },
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

/** A baseline that needs no training is the least that a student must beat; where it does not, that comes first. */
function baselineSentence({ representations }: StudyResults, best: StudentRow): string {
  const baselines = representations.filter(({ role }) => role === 'baseline');
  const better = baselines.filter(({ quality }) => meanQuality(quality) >= best.quality);
  if (better.length > 0)
    return ` That is not better than ${better.map(({ name, quality }) => `${name} (${percent(meanQuality(quality))} %)`).join(' and ')}, which no one trained.`;
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
    latency.models.find((model) => model.name === name && model.path === path)?.medianMs;
  const [slow, fast] = [time(teacher, 'audio-to-embedding'), time(best.student.name, 'audio-to-embedding')];
  if (slow && fast)
    return { value: three(slow / fast), unit: ' ×', label: 'the speed of its teacher, audio to embedding' };
  return {
    value: three(975 / (fast ?? best.latencyMs)),
    unit: ' ×',
    label: fast ? 'real time, audio to embedding' : 'real time, model only',
  };
}
