/** The latency of a study's students, and of their teacher beside them, when nothing else of the study is running. */

import { measureLatency } from '../../../bench/latency.js';
import { DEFAULT_PROTOCOL } from '../../../bench/latency-protocol.js';
import type { LatencyReport } from '../../../bench/latency-report.js';
import { modelSubjects } from '../../../bench/model-subjects.js';
import { representationSubject } from '../../../bench/representation-subject.js';
import type { RoundStore } from '../../../bench/round-store.js';
import type { Engine } from '../../../models/engines.js';
import type { Progress } from '../../../run/progress.js';
import type { RunFolder } from '../run-folder.js';
import { openForLatency, teacherFile } from './teacher.js';

export interface MeasureStudentsOptions {
  readonly rounds: number;
  /** What runs the students, and a teacher that is a .tflite file; by default what an app would run. */
  readonly engine?: Engine;
  /** Keeps rounds, so that an interrupted measurement goes on. */
  readonly store?: RoundStore;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Measures all students that are made. A teacher that is no .tflite file is timed as a whole, from audio, on one thread. */
export async function measureStudents(
  folder: RunFolder,
  { rounds, engine = 'device', ...options }: MeasureStudentsOptions,
): Promise<LatencyReport> {
  const run = await folder.run();
  const subjects = [];
  for (const { name, file } of await folder.students())
    subjects.push(...(await modelSubjects(folder.file(file), { name, engine })));
  const teacher = (await folder.representations()).find(({ role }) => role === 'teacher');
  if (run && teacher) {
    const { name } = teacher;
    const file = await teacherFile({ folder }, run.options);
    if (file) subjects.push(...(await modelSubjects(file, { name, engine })));
    else {
      const open = () => openForLatency(run.options);
      const opened = await open();
      opened.close();
      subjects.push(representationSubject(name, opened.identity, open));
    }
  }
  const protocol = { ...DEFAULT_PROTOCOL, rounds, seed: run?.options.seed ?? DEFAULT_PROTOCOL.seed };
  return measureLatency(subjects, { protocol, ...options });
}
