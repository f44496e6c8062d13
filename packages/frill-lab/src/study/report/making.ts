/** How a run came to be: settings, machine, time said and taken, and every session of it. */

import { hostOf } from '../../bench/device.js';
import type { LatencyReport } from '../../bench/latency-report.js';
import { signed, time, whole } from '../../text/format.js';
import type { ForecastOutcome, StudyResults } from '../records.js';

export interface Circumstance {
  readonly term: string;
  readonly value: string;
  /** Whether it is for programs rather than readers. */
  readonly isCode?: true;
}

export function madeWith(results: StudyResults): Circumstance[] {
  const { provenance, corpus, latency, forecast, representations, students } = results;
  const { device, sessions } = provenance;
  const told: [term: string, value: string][] = [
    [
      'corpus',
      `${corpus.name}: ${whole(corpus.windows)} training windows, targets of ${whole(corpus.targetWidth)} values`,
    ],
    ...(representations.some(({ role }) => role === 'teacher') && students.length > 0
      ? [['training', trainingSentence(results)] as [string, string]]
      : []),
    ['seed', provenance.seed],
    [
      'time',
      `${time(provenance.seconds)} in ${sessions === 1 ? 'one session' : `${sessions} sessions`}, ${day(provenance.started)} to ${day(provenance.finished)}`,
    ],
    ...(forecast ? [['forecast', forecastSentence(forecast)] as [string, string]] : []),
    [
      'machine',
      `${device.processor}, ${device.cores} cores, ${device.memoryGiB ?? '?'} GiB, ${device.system}`,
    ],
    [
      'versions',
      [
        hostOf(device),
        ...Object.entries(device.runtimes).map(([name, version]) => `${name} ${version}`),
      ].join(', '),
    ],
    ['latency', latency ? latencySentence(latency) : 'not measured yet'],
  ];
  return [
    ...told.map(([term, value]) => ({ term, value })),
    { term: 'options', value: JSON.stringify(provenance.options), isCode: true },
  ];
}

/** What the students began with, and what they learnt. */
function trainingSentence({ start, students, representations }: StudyResults): string {
  const teacher = representations.find(({ role }) => role === 'teacher')?.name;
  const windows = Math.min(...students.map(({ training }) => training.windows));
  const began = start ? `those weights of ${start.name} (${start.student}) that fit it` : 'random weights';
  return `each student began with ${began}, and learnt what ${teacher} says of ${whole(windows)} windows`;
}

function latencySentence({ protocol, device, seconds }: LatencyReport): string {
  const load = device.load === undefined ? '' : `, load of the machine at the start ${device.load}`;
  return `${protocol.rounds} rounds in ${time(seconds)}${load}`;
}

/** What was said before the start beside what it took. */
export function forecastSentence({
  students,
  workers,
  expectedSeconds,
  tookSeconds,
  ratioQuantiles: [low, , high],
  ...space
}: ForecastOutcome): string {
  const off = 100 * (tookSeconds / expectedSeconds - 1);
  const range =
    students > 1 ? `. Single students took ${low.toFixed(2)} to ${high.toFixed(2)} times their forecast` : '';
  return `${time(expectedSeconds)} for ${students === 1 ? 'one student' : `${students} students`} with ${workers} worker${workers > 1 ? 's' : ''} was the forecast before the start. They took ${time(tookSeconds)} (${signed(off, 0)} %)${range}. ${spaceSentence(space)}`;
}

type Space = Pick<ForecastOutcome, 'diskBytes' | 'memoryBytes' | 'diskTookBytes' | 'memoryTookBytes'>;

function spaceSentence({ diskBytes, memoryBytes, diskTookBytes, memoryTookBytes }: Space): string {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const left = diskTookBytes === undefined ? '' : ` (${gib(diskTookBytes)} are still used)`;
  const used = ` (${gib(memoryTookBytes)} were used)`;
  return `Disk: at most ${gib(diskBytes)}${left}; memory: ${gib(memoryBytes)}${used}`;
}

/** One line a session: `2: 22 November 2026, 21:07, 37 of 144 students were there already; made 41 in 52 min; killed`. */
export function sessionLines({ history, students }: StudyResults): string[] {
  const total = students.length;
  return history.map(({ started, seconds, end, studentsBefore, studentsMade }) => {
    const before =
      studentsBefore > 0
        ? `${studentsBefore} of ${total} student${total === 1 ? '' : 's'} existed already, `
        : '';
    return `${day(started)}: ${before}${studentsMade} made in ${time(seconds)}, ${end}`;
  });
}

/**
 * Where the time went. A stage is recorded when it is over, by the session that ended it: what a session that was killed or
 * stopped had done of it is known only as the rest of the run's time.
 */
export function stagesSentence({ stages, provenance, history }: StudyResults): string {
  const rest = provenance.seconds - stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const isBroken = history.some(({ end }) => end !== 'finished') && rest >= 1;
  const list = stages.map(({ name, seconds }) => `${name} ${time(seconds)}`).join(', ');
  return isBroken
    ? `Stages that were finished took: ${list}. Stages that were stopped or killed took ${time(rest)}`
    : `Stages: ${list}`;
}

/** `22 November 2026, 20:41`, in the clock of the record (UTC). */
export function day(iso: string): string {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(iso)).replace(' at ', ', ');
}
