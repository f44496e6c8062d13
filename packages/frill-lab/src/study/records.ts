/**
 * Everything a study stores, as zod schemas: what is written is what can be read back, by us and by others. `results.json` is one
 * `StudyResults`; the report is a function of it and of nothing else.
 */
import { z } from 'zod';
import { deviceSchema } from '../bench/device.js';
import { latencyReportSchema } from '../bench/latency-report.js';
import { studentConfigSchema } from '../models/student-config.js';

const engineSchema = z.enum(['frill', 'litert', 'onnxruntime']);

/** How good a representation is for one task: one probe, chosen on the validation side, scored once on the test side. */
export const taskQualitySchema = z.object({
  task: z.string(),
  title: z.string(),
  metric: z.string(),
  /** 0..1, more is better. */
  value: z.number(),
  /** 95 % bootstrap interval; absent where the test clips are of one or two speakers. */
  interval: z.tuple([z.number(), z.number()]).optional(),
  /** What guessing reaches. */
  chance: z.number(),
  testClips: z.int(),
  /** The probe that validation chose. */
  probe: z.string(),
  /** "Best of, as published": the best test score over all probes; not an honest estimate. */
  bestOnTest: z.number(),
  /** One digit a test clip in a fixed order, 1 where it was classified correctly; the same clips for all representations. */
  outcomes: z.string().optional(),
  /**
   * Where accuracy is not the metric: the value on test clips drawn again, by draw; the same draws for all representations. `null`
   * where a draw has clips of one class only, which some metrics cannot judge.
   */
  redrawn: z.array(z.number().nullable()).optional(),
  /** Speaker of each of them, as a number: clips of one are no independent tests. Absent where a task declares none. */
  groups: z.array(z.int().nonnegative()).optional(),
});

/** The teacher, a baseline. */
export const representationSchema = z.object({
  name: z.string(),
  role: z.enum(['teacher', 'baseline']),
  /** Values a window. */
  dimension: z.int(),
  /** What ran its network when its clips were embedded; absent for baselines, which have none. */
  engine: engineSchema.optional(),
  bytes: z.int().optional(),
  quality: z.array(taskQualitySchema),
  seconds: z.number(),
  /** Seconds of fitting probes by task; `seconds` includes them. */
  probeSeconds: z.record(z.string(), z.number()),
});

export const trainingSummarySchema = z.object({
  steps: z.int(),
  batch: z.int(),
  /** Windows seen, with repetition. */
  windows: z.int(),
  /**
   * On held-out windows, as [step, mean squared error, explained]: the last is the part of the variance of the teacher's raw
   * values that the student predicts, where 1 is perfect and 0 what their mean gives.
   */
  validation: z.array(z.tuple([z.number(), z.number(), z.number().optional()])),
  /** Training loss near the end. */
  finalLoss: z.number(),
  /** Learning rate and whatever else decided the training. */
  schedule: z.record(z.string(), z.json()).default({}),
  seconds: z.number(),
});

/** One distilled, exported, evaluated student. Appended once to `students.jsonl`. */
export const studentResultSchema = z.object({
  name: z.string(),
  config: studentConfigSchema,
  /** Numbers in the exported network, batch normalisation folded. */
  parameters: z.int(),
  multiplyAccumulates: z.int(),
  /** The .tflite file, relative to the run's folder. */
  file: z.string(),
  bytes: z.int(),
  training: trainingSummarySchema,
  /** What ran the exported file when it was evaluated. */
  engine: engineSchema.optional(),
  quality: z.array(taskQualitySchema),
  /** Seconds of this session; `probes` is a part of `evaluate`. */
  timings: z.object({ train: z.number(), export: z.number(), evaluate: z.number(), probes: z.number() }),
  /** Largest memory of the worker process until then. */
  peakBytes: z.number(),
  finished: z.string(),
});

export const failureSchema = z.object({ student: z.string(), reason: z.string(), at: z.string() });

export const stageSchema = z.object({ name: z.string(), seconds: z.number(), note: z.string().default('') });

/** One start of the command in a run's folder. */
export const sessionSummarySchema = z.object({
  started: z.string(),
  /** The last sign of life; there is one a minute. */
  lastSeen: z.string(),
  seconds: z.number(),
  /** `killed` is concluded from silence. */
  end: z.enum(['finished', 'stopped', 'failed', 'killed', 'running']),
  /** Students that were there at its start, and that it made. */
  studentsBefore: z.int(),
  studentsMade: z.int(),
});

/** What the students were expected to take when the run began, and what they took. */
export const forecastSchema = z.object({
  /** Students that had a forecast and are made; all numbers are of these. */
  students: z.int(),
  workers: z.int(),
  /** Time of all of them side by side. */
  expectedSeconds: z.number(),
  tookSeconds: z.number(),
  /** Quotient of taken and expected time, over students: 5 %, 50 % and 95 % quantiles. */
  ratioQuantiles: z.tuple([z.number(), z.number(), z.number()]),
  /** Most disk and memory that the whole study was said to need before its start. */
  diskBytes: z.number(),
  memoryBytes: z.number(),
  /** What the students' folders hold now, and what the workers used at most together. */
  diskTookBytes: z.number().optional(),
  memoryTookBytes: z.number(),
});

export const provenanceSchema = z.object({
  command: z.string(),
  started: z.string(),
  finished: z.string(),
  /** Busy time over all sessions of the run; a run that was resumed has several. */
  seconds: z.number(),
  sessions: z.int(),
  seed: z.string(),
  options: z.record(z.string(), z.unknown()),
  device: deviceSchema,
  version: z.string(),
});

/** Latencies of a study's students on one more device. */
export const deviceLatencySchema = z.object({
  /** What the device is called in the report. */
  device: z.string().min(1),
  latency: latencyReportSchema,
});

export const studyResultsSchema = z.object({
  format: z.literal(1),
  title: z.string(),
  provenance: provenanceSchema,
  corpus: z.object({
    name: z.string(),
    /** That students learn from. */
    clips: z.int(),
    /** Windows of those clips, 0.975 s each. */
    windows: z.int(),
    targetWidth: z.int(),
  }),
  representations: z.array(representationSchema),
  /** The network whose weights the students began with; absent where those were random. */
  start: z
    .object({
      /** Name as the study was told it: a released model, or a folder. */
      name: z.string(),
      /** Which network it is, such as small-1-gap. */
      student: z.string(),
      /** Windows that it has seen, with repetition. */
      windows: z.int().optional(),
    })
    .optional(),
  students: z.array(studentResultSchema),
  /** Latencies; absent until the students are made, for they are measured together. */
  latency: latencyReportSchema.optional(),
  /** The same students measured elsewhere, or again. */
  otherDevices: z.array(deviceLatencySchema).default([]),
  failures: z.array(failureSchema),
  stages: z.array(stageSchema),
  history: z.array(sessionSummarySchema),
  forecast: forecastSchema.optional(),
});

export type TaskQuality = z.infer<typeof taskQualitySchema>;
export type RepresentationRecord = z.infer<typeof representationSchema>;
export type TrainingSummary = z.infer<typeof trainingSummarySchema>;
export type StudentResult = z.infer<typeof studentResultSchema>;
export type StudentFailure = z.infer<typeof failureSchema>;
export type SessionSummary = z.infer<typeof sessionSummarySchema>;
export type ForecastOutcome = z.infer<typeof forecastSchema>;
export type StageRecord = z.infer<typeof stageSchema>;
export type DeviceLatency = z.infer<typeof deviceLatencySchema>;
export type StudyResults = z.infer<typeof studyResultsSchema>;
