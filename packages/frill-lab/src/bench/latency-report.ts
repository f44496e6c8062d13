/** A measurement of latency as plain data: by what protocol, what was found. */
import { z } from 'zod';
import { deviceSchema } from './device.js';
import { disturbanceSchema } from './disturbance.js';
import { protocolSchema } from './latency-protocol.js';

/** What is timed: log-mel in, embedding out; or a second of audio in, front end included. */
export type LatencyPath = 'model' | 'audio-to-embedding';

export const latencySchema = z.object({
  name: z.string(),
  path: z.enum(['model', 'audio-to-embedding']),
  /** Hash of the file: what tells it from another of that name. */
  content: z.string().optional(),
  /** What ran it. Reports of before there was a choice have none: they are of LiteRT.js. */
  engine: z.string().optional(),
  /** Milliseconds of the first loading and the first inference. */
  coldMs: z.number(),
  firstMs: z.number(),
  /** Later loadings, one a round. */
  reloadsMs: z.array(z.number()),
  warmup: z.object({ runs: z.int(), seconds: z.number(), steady: z.boolean() }),
  /** Raw samples in milliseconds, one list a round. */
  rounds: z.array(z.array(z.number())),
  /** Median over rounds of each round's median: the number to quote. */
  medianMs: z.number(),
  /** Over all samples. */
  p50Ms: z.number(),
  p90Ms: z.number(),
  p95Ms: z.number(),
  bestMs: z.number(),
  /** 95 % bootstrap interval of `medianMs`, over rounds. */
  intervalMs: z.tuple([z.number(), z.number()]),
});

export const latencyReportSchema = z.object({
  started: z.string(),
  seconds: z.number(),
  device: deviceSchema,
  protocol: protocolSchema,
  models: z.array(latencySchema),
  /** What was seen of the machine meanwhile. Reports of before it was watched have none. */
  disturbance: disturbanceSchema.optional(),
  /** A reference measured as two models; of several the one that differed most. */
  repeatability: z.object({
    reference: z.string(),
    mediansMs: z.tuple([z.number(), z.number()]),
    /** Relative difference that re-running the same model reaches in 95 % of bootstrap draws. */
    bound: z.number(),
  }),
});

export type ModelLatency = z.infer<typeof latencySchema>;
export type LatencyReport = z.infer<typeof latencyReportSchema>;
