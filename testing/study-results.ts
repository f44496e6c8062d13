/** A made-up but realistic study, for tests of the analysis and of the report: numbers from simple formulas and seeded noise. */
import { studentName } from '../packages/frill-lab/src/models/student-config.js';
import { factorsOf } from '../packages/frill-lab/src/study/effects.js';
import { chooseStudents } from '../packages/frill-lab/src/study/grid.js';
import {
  type StudyResults,
  studyResultsSchema,
  type TaskQuality,
} from '../packages/frill-lab/src/study/records.js';
import { type Random, random } from '../packages/frill-lab/src/tensor/random.js';

const TASKS = [
  ['esc10', 'Environmental sounds (ESC-10)', 0.84, 0.1, 80],
  ['emotion', 'Emotion (EMO-DB)', 0.52, 1 / 7, 120],
  ['keywords', 'Keywords (Speech Commands)', 0.45, 0.125, 330],
  ['speaker', 'Speaker (Arabic Commands)', 0.38, 1 / 30, 360],
  ['language', 'Language', 0.31, 0.1, 210],
] as const;

function quality(level: number, stream: Random): TaskQuality[] {
  return TASKS.map(([task, title, centre, chance, testClips]) => {
    const truth = Math.min(0.97, Math.max(chance, centre + level / 100));
    const outcomes = Array.from({ length: testClips }, () => (stream.uniform() < truth ? '1' : '0')).join('');
    const value = outcomes.split('1').length / testClips - 1 / testClips;
    const half = 1.96 * Math.sqrt((value * (1 - value)) / testClips);
    return {
      task,
      title,
      metric: task === 'emotion' ? 'uar' : 'accuracy',
      value,
      interval: [Math.max(0, value - half), Math.min(1, value + half)],
      chance,
      testClips,
      probe: 'logistic regression, L2',
      bestOnTest: value + 0.01,
      outcomes,
    };
  });
}

function probeSeconds(each: number): Record<string, number> {
  return Object.fromEntries(TASKS.map(([task]) => [task, each]));
}

/** Results of `students` (see `chooseStudents`), always the same. */
export function exampleResults(students = 'grid'): StudyResults {
  const configs = chooseStudents(students);
  const stream = random('example study');
  const facts = configs.map((config) => {
    const { size, width, gap, compression, qat } = factorsOf(config);
    const depth = { tiny: 0, small: 1, large: 2.4 }[size];
    const macs = (4 + 6 * depth) * width ** 1.7 * (gap ? 1 : 1.9);
    const latency = 0.4 + 0.11 * macs * (compression ? 0.88 : 1) * (qat ? 0.93 : 1);
    const mib =
      (4.5 + 7 * depth) * width ** 1.3 * (gap ? 1 : 2.6) * (compression ? 0.55 : 1) * (qat ? 0.8 : 1);
    const level = 3 * depth + 3.5 * Math.log2(width) + 1.2 * gap - 2.4 * compression - 0.6 * qat;
    return { config, name: studentName(config), macs, latency, mib, level };
  });
  return studyResultsSchema.parse({
    format: 1,
    title: 'Students of YAMNet on real audio',
    provenance: {
      command: 'npm run study -- --tasks examples/real-audio/tasks.json --students grid',
      started: '2026-11-22T18:00:00Z',
      finished: '2026-11-22T20:41:00Z',
      seconds: 9660,
      sessions: 3,
      seed: '0',
      options: { steps: 200, batch: 32, students },
      device: device(),
      version: '0.1.0',
    },
    corpus: { name: 'real audio', clips: 5230, windows: 20920, targetWidth: 1024 },
    representations: [
      {
        name: 'yamnet',
        role: 'teacher',
        dimension: 1024,
        bytes: 4126810,
        quality: quality(9, stream),
        seconds: 31,
        probeSeconds: probeSeconds(2),
      },
      {
        name: 'log-mel statistics',
        role: 'baseline',
        dimension: 128,
        quality: quality(-9, stream),
        seconds: 4,
        probeSeconds: probeSeconds(0.5),
      },
    ],
    students: facts.map(({ config, name, macs, mib, level }) => ({
      name,
      config,
      parameters: Math.round((mib * 2 ** 20) / 4),
      multiplyAccumulates: Math.round(macs * 1e6),
      file: `students/${name}/model.tflite`,
      bytes: Math.round(mib * 2 ** 20),
      training: {
        steps: 200,
        batch: 32,
        windows: 6400,
        validation: [0, 50, 100, 150, 200].map((step) => [
          step,
          0.2 + Math.exp(-step / 60) - level / 60,
          0.12 + level / 200 - Math.exp(-step / 20),
        ]),
        finalLoss: 0.21,
        seconds: 20 + macs / 4,
      },
      quality: quality(level + stream.normal(), stream),
      timings: { train: 20 + macs / 4, export: 0.4, evaluate: 9, probes: 2.5 },
      peakBytes: Math.round((200 + 9 * mib) * 2 ** 20),
      finished: '2026-11-22T20:40:00Z',
    })),
    latency: {
      started: '2026-11-22T20:30:00Z',
      seconds: 280,
      device: device(),
      protocol: {},
      models: facts.flatMap(({ name, latency }) =>
        (['model', 'audio-to-embedding'] as const).map((path) => {
          const base = latency + (path === 'model' ? 0 : 0.5);
          const rounds = Array.from({ length: 5 }, () =>
            Array.from({ length: 9 }, () => base * (1 + 0.04 * Math.abs(stream.normal()))),
          );
          return {
            name,
            path,
            coldMs: 40 + base * 3,
            firstMs: base * 12,
            reloadsMs: [30, 31, 30, 29, 33],
            warmup: { runs: 400, seconds: 1.2, steady: true },
            rounds,
            medianMs: base * 1.02,
            p50Ms: base * 1.02,
            p90Ms: base * 1.08,
            p95Ms: base * 1.1,
            bestMs: base,
            intervalMs: [base * 1.01, base * 1.03],
          };
        }),
      ),
      repeatability: { reference: facts[0].name, mediansMs: [0.81, 0.82], bound: 0.021 },
    },
    failures: [
      { student: 'large-2-flat', reason: 'not enough memory: 6.2 GiB needed', at: '2026-11-22T19:00:00Z' },
    ],
    stages: [
      { name: 'corpus', seconds: 12, note: '5,230 clips' },
      { name: 'students', seconds: 9200, note: '144 students' },
      { name: 'latency', seconds: 280 },
    ],
    history: [
      session('2026-11-22T18:00:00Z', 40, 'killed', 0, Math.floor(facts.length / 4)),
      session(
        '2026-11-22T18:41:00Z',
        60,
        'stopped',
        Math.floor(facts.length / 4),
        Math.floor(facts.length / 4),
      ),
      session(
        '2026-11-22T19:42:00Z',
        61,
        'finished',
        2 * Math.floor(facts.length / 4),
        Math.ceil(facts.length / 2),
      ),
    ],
    forecast: {
      students: facts.length,
      workers: 2,
      expectedSeconds: 8400,
      tookSeconds: 9100,
      ratioQuantiles: [0.94, 1.07, 1.31],
      diskBytes: 8e9,
      memoryBytes: 5e9,
      diskTookBytes: 7e9,
      memoryTookBytes: 4.8e9,
    },
  });
}

function session(
  started: string,
  minutes: number,
  end: string,
  studentsBefore: number,
  studentsMade: number,
) {
  const lastSeen = new Date(Date.parse(started) + 60_000 * minutes).toISOString();
  return { started, lastSeen, seconds: 60 * minutes, end, studentsBefore, studentsMade };
}

function device() {
  return {
    processor: 'Intel Xeon Processor',
    cores: 2,
    memoryGiB: 23.5,
    load: 0.4,
    system: 'linux 6.1 x64',
    node: '20.20.2',
    v8: '11.3',
    runtimes: { '@litertjs/core': '2.5.3', 'onnxruntime-node': '1.30.0' },
  };
}
