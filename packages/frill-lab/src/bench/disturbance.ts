/**
 * What disturbed a measurement. A core slower than it was at its best, other programs on the processor, or a host that takes
 * its time back: each makes a model look slower than it is, and none of them can be mended afterwards. So a disturbed
 * measurement is made again, and what could not be had undisturbed is counted and told.
 */
import { z } from 'zod';
import { median, quantile } from '../statistics/quantiles.js';
import type { LatencyProtocol } from './latency-protocol.js';
import type { MachineState } from './machine-watch.js';

/** What was seen of the machine over a whole measurement of latency. */
export const disturbanceSchema = z.object({
  /** Timings of one model in one round, disturbed and made again ones among them. */
  measurements: z.int(),
  /** Made again because they were disturbed. */
  repeated: z.int(),
  /** Disturbed, and kept because patience had run out. */
  disturbed: z.int(),
  /** Seconds spent waiting for the machine to become quiet. */
  waitedSeconds: z.number(),
  /** The reference computation at its fastest, in milliseconds, and around measurements relative to it (1: as fast). */
  fastestReferenceMs: z.number(),
  slowdown: z.object({ median: z.number(), worst: z.number() }),
  /** Cores that other programs used during measurements. */
  othersCores: z.object({ median: z.number(), worst: z.number() }),
  /** Share of time that the host took during measurements. */
  stolen: z.object({ median: z.number(), worst: z.number() }),
});

export type Disturbance = z.infer<typeof disturbanceSchema>;

/** Why a measurement in this state is disturbed, in a few words; undefined where the machine was quiet. */
export function disturbedBy(
  state: MachineState,
  fastestReferenceMs: number,
  { quiet }: LatencyProtocol,
): string | undefined {
  if (state.referenceMs > (1 + quiet.slowdown) * fastestReferenceMs)
    return `the core was ${(state.referenceMs / fastestReferenceMs).toFixed(2)} times as slow as at its best`;
  if (state.othersCores > quiet.othersCores)
    return `other programs used ${state.othersCores.toFixed(2)} cores`;
  if (state.stolen > quiet.stolen) return `the host took ${(100 * state.stolen).toFixed(0)} % of the time`;
  return undefined;
}

/** How far from quiet: of several disturbed measurements the one with the lowest is kept. */
export function severity(state: MachineState, fastestReferenceMs: number): number {
  return state.referenceMs / fastestReferenceMs - 1 + state.othersCores + state.stolen;
}

/** Sums up the states of the measurements that were kept. */
export function summariseDisturbance(
  states: readonly MachineState[],
  fastestReferenceMs: number,
  {
    measurements,
    repeated,
    disturbed,
    waitedSeconds,
  }: Pick<Disturbance, 'measurements' | 'repeated' | 'disturbed' | 'waitedSeconds'>,
): Disturbance {
  const spread = (values: readonly number[]) => ({
    median: states.length === 0 ? 0 : Number(median(values).toFixed(4)),
    worst: states.length === 0 ? 0 : Number(quantile(values, 1).toFixed(4)),
  });
  return {
    measurements,
    repeated,
    disturbed,
    waitedSeconds: Number(waitedSeconds.toFixed(1)),
    fastestReferenceMs,
    slowdown: spread(states.map(({ referenceMs }) => referenceMs / fastestReferenceMs)),
    othersCores: spread(states.map(({ othersCores }) => othersCores)),
    stolen: spread(states.map(({ stolen }) => stolen)),
  };
}
