/**
 * When the bottleneck becomes low-rank and when it loses precision, as functions of the step.
 *
 * Compression (Peplinski et al. 2021, after Alvarez & Park's low-rank operator): y = x (alpha A + (1 - alpha) B C), where
 * alpha falls from 1 to 0 in equal decrements; at 0 the full kernel A is gone and B and C train on alone. Quantisation:
 * weights are rounded in the forward pass, to fewer and fewer bits. Both are given in parts of the training, so that
 * one schedule serves a short training and a long one.
 */
import { z } from 'zod';

const part = z.number().min(0).max(1);

export const bottleneckScheduleSchema = z
  .object({
    /** Parts of the training where alpha leaves 1 and reaches 0, and in how many decrements. */
    compression: z
      .object({ start: part, end: part, decrements: z.int().positive() })
      .default({ start: 0.1, end: 0.5, decrements: 50 }),
    /** Bits of the bottleneck's weights from a part of the training on; full precision before the first. */
    precision: z
      .array(z.object({ from: part, bits: z.int().min(2).max(16) }))
      .min(1)
      .default([
        { from: 0.5, bits: 16 },
        { from: 0.6, bits: 12 },
        { from: 0.7, bits: 10 },
        { from: 0.8, bits: 8 },
      ]),
  })
  .refine(({ compression }) => compression.start <= compression.end, 'compression.end lies before its start')
  .refine(
    ({ precision }) => precision.every(({ from }, i) => i === 0 || precision[i - 1].from <= from),
    'precision is not in the order of `from`',
  )
  .refine(
    ({ precision }) => precision.at(-1)?.bits === 8,
    'precision must end at 8 bits, which are exported',
  );

export type BottleneckSchedule = z.infer<typeof bottleneckScheduleSchema>;

/**
 * Weight of the full kernel at a step (counted from 0), in 0 ... 1. Computed from the number of decrements taken, and so
 * exactly 0 after the last: repeated subtraction of 0.01 never gets there.
 */
export function alphaAt({ compression }: BottleneckSchedule, step: number, steps: number): number {
  const { decrements } = compression;
  const start = Math.round(compression.start * steps);
  const end = Math.round(compression.end * steps);
  if (step < start) return 1;
  if (step >= end) return 0;
  const taken = Math.floor((decrements * (step - start + 1)) / (end - start + 1));
  return (decrements - taken) / decrements;
}

/** Bits of the bottleneck's weights at a step; undefined for full precision. */
export function bitsAt({ precision }: BottleneckSchedule, step: number, steps: number): number | undefined {
  return precision.findLast(({ from }) => step >= Math.round(from * steps))?.bits;
}
