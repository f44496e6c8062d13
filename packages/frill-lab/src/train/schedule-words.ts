/**
 * The bottleneck's schedules as they are typed, in parts of the training:
 *
 *     0.1-0.5/50               compressed from 0.1 to 0.5 of the training, in 50 decrements
 *     0.5:16,0.6:12,0.7:8      16 bits from 0.5 of the training on, then 12, then 8
 */
import { InputError } from 'frill-audio';
import { type BottleneckSchedule, bottleneckScheduleSchema } from './bottleneck-schedule.js';

export interface ScheduleWords {
  readonly compression?: string | undefined;
  readonly precision?: string | undefined;
}

const EXAMPLES = { compression: '0.1-0.5/50', precision: '0.5:16,0.6:12,0.7:8' } as const;

/** The schedule; what is not given is as usual. Throws InputError that names the words which are wrong, and why. */
export function parseSchedule({ compression, precision }: ScheduleWords): BottleneckSchedule {
  const parsed = bottleneckScheduleSchema.safeParse({
    ...(compression === undefined ? {} : { compression: compressionOf(compression) }),
    ...(precision === undefined ? {} : { precision: precisionOf(precision) }),
  });
  if (parsed.success) return parsed.data;
  const [{ message, path }] = parsed.error.issues;
  const about = [compression, precision].filter((words) => words !== undefined).join(' ');
  throw new InputError({
    what:
      path.length > 0 ? `${path.filter((key) => typeof key === 'string').join(' ')}: ${message}` : message,
    where: `'${about}'`,
    remedy: 'Parts of the training lie in 0 ... 1 and do not fall, bits in 2 ... 16, and the last are 8',
  });
}

function compressionOf(words: string) {
  const [, start, end, decrements] =
    /^([\d.]+)-([\d.]+)\/(\d+)$/.exec(words.trim()) ?? unreadable('compression', words);
  return { start: Number(start), end: Number(end), decrements: Number(decrements) };
}

function precisionOf(words: string) {
  return words.split(',').map((step) => {
    const [, from, bits] = /^([\d.]+):(\d+)$/.exec(step.trim()) ?? unreadable('precision', step);
    return { from: Number(from), bits: Number(bits) };
  });
}

function unreadable(kind: keyof typeof EXAMPLES, words: string): never {
  throw new InputError({
    what: `not a schedule of ${kind}`,
    where: `'${words}'`,
    remedy: `Write it like ${EXAMPLES[kind]}`,
  });
}
