/**
 * Latencies that were measured elsewhere, brought to the students of a study: a phone, another engine, the same machine on another
 * day. A file has `frill bench --json`'s report, whose models are known again by their content, or where it does not tell that,
 * by their name.
 */
import { InputError } from 'frill-audio';
import type { LatencyReport } from '../bench/latency-report.js';

/** A student's file as it lies in the study. */
export interface MeasurableStudent {
  readonly name: string;
  /** Hash of its .tflite file. */
  readonly content: string;
}

export interface MatchedLatency {
  /** With the students' names; models that are no students of the study are left out. */
  readonly latency: LatencyReport;
  /** Students that were not measured. */
  readonly missing: readonly string[];
}

/**
 * The report with its models renamed to the students that they are.
 *
 * @throws InputError where no model is a student, or one of a student's name was another file
 */
export function matchStudents(
  report: LatencyReport,
  students: readonly MeasurableStudent[],
  where: string,
): MatchedLatency {
  const byContent = new Map(students.map(({ name, content }) => [content, name]));
  const byName = new Map(students.map((student) => [student.name, student]));
  const models = report.models.flatMap((model) => {
    const same = byName.get(model.name);
    const name = model.content === undefined ? same?.name : byContent.get(model.content);
    if (name === undefined && same)
      throw new InputError({
        what: `${model.name} was measured with another file than this study's`,
        where,
        remedy: `Measure students/${model.name}/model.tflite of the study's folder`,
      });
    return name === undefined ? [] : [{ ...model, name }];
  });
  if (models.length === 0)
    throw new InputError({
      what: `none of the ${report.models.length} models measured is a student of this study`,
      where,
      remedy: 'Measure the files students/*/model.tflite of the study with frill bench --json',
    });
  const measured = new Set(models.map(({ name }) => name));
  return {
    latency: { ...report, models },
    missing: students.map(({ name }) => name).filter((name) => !measured.has(name)),
  };
}
