/** The numbers of the latency protocol: how often, how long, and how quiet the machine must be. */
import { z } from 'zod';

export const protocolSchema = z.object({
  /** Times that every model is loaded and measured again. */
  rounds: z.int().min(2).default(5),
  /** A round times a model until both are reached; runs are inferences. */
  runsPerRound: z.int().positive().default(30),
  secondsPerRound: z.number().nonnegative().default(0.25),
  /** Untimed runs after each loading. */
  settlingRuns: z.int().nonnegative().default(5),
  /** Warming up ends when this time is over and a block of runs is within `steadiness` of the one before it... */
  warmupSeconds: z.number().nonnegative().default(1),
  steadiness: z.number().positive().default(0.03),
  /** ...or when this time is over; `steady` is then false. */
  warmupLimitSeconds: z.number().positive().default(6),
  /** Models whose median is not known to this relative half-width after all rounds are measured in further ones... */
  precision: z.number().positive().default(0.03),
  /** ...at most so many. */
  extraRounds: z.int().nonnegative().default(10),
  /** A measurement is disturbed where one of these is exceeded: see disturbance.ts. */
  quiet: z
    .object({
      /** Slowdown of the reference computation, relative to its fastest. */
      slowdown: z.number().nonnegative().default(0.1),
      /** Cores that other programs use. */
      othersCores: z.number().nonnegative().default(0.25),
      /** Share of the time that the host takes, 0 to 1. */
      stolen: z.number().nonnegative().default(0.05),
    })
    .prefault({}),
  /** Time for waiting and for making disturbed measurements again, as a share of the time that measuring takes. */
  patience: z.number().nonnegative().default(0.5),
  /**
   * A sample is the mean of as many inferences in a row as last this long, in milliseconds. 0: each inference is a sample, which
   * needs a clock that is fine beside it; those of browsers are not.
   */
  shortestSampleMs: z.number().nonnegative().default(0),
  threads: z.int().positive().default(1),
  seed: z.string().default('latency'),
});

export type LatencyProtocol = z.infer<typeof protocolSchema>;

export const DEFAULT_PROTOCOL: LatencyProtocol = protocolSchema.parse({});
