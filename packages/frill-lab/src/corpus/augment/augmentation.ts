/**
 * How windows are made different while a student learns from them: for each change how often it happens, and the range that its
 * strength is drawn from. A file of an augmentation may give some changes only; the others are then left out.
 */
import { z } from 'zod';
import { readWrittenJson } from '../../text/written-json.js';

const probability = z.number().min(0).max(1);
const range = (least: number, most: number) =>
  z
    .tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
    .refine(([low, high]) => low <= high, 'the lower end of a range comes first');

export const augmentationSchema = z.strictObject({
  /** Factor on pitch and tempo. It changes who speaks and how: only for a teacher that hears the same. */
  speed: z.strictObject({ probability, factor: range(0.5, 2) }).optional(),
  /** A room: seconds until its tail is 60 dB down, and the tail's level beside the direct sound. */
  room: z.strictObject({ probability, decay: range(0.05, 3), tail: range(0, 1) }).optional(),
  /** Sounds of the corpus that are not speech, at a signal-to-noise ratio in dB. */
  noise: z.strictObject({ probability, ratio: range(-20, 60) }).optional(),
  /** Somebody else's speech, at a ratio in dB. */
  voices: z.strictObject({ probability, ratio: range(-20, 60) }).optional(),
  /** Ends of the band that is left, in Hz. */
  band: z.strictObject({ probability, low: range(0, 4_000), high: range(500, 8_000) }).optional(),
  /** A telephone's band and its eight bits. */
  telephone: z.strictObject({ probability }).optional(),
  /** Share of the samples that are cut off at full scale. */
  clipping: z.strictObject({ probability, share: range(0, 0.9) }).optional(),
  /** Change of level in dB. */
  gain: z.strictObject({ probability, decibels: range(-60, 40) }).optional(),
  /** How far under the loudest band of a frame, in dB, a band is dropped as a codec of few bits would. */
  codec: z.strictObject({ probability, depth: range(5, 90) }).optional(),
  /** Up to so many frames are masked, of 10 ms. */
  timeMask: z.strictObject({ probability, frames: z.int().min(1).max(96) }).optional(),
  /** Up to so many mel bands are masked. */
  bandMask: z.strictObject({ probability, bands: z.int().min(1).max(64) }).optional(),
});

export type Augmentation = z.infer<typeof augmentationSchema>;

/** Recipes by name. `usual`: one window in eleven stays as it is. `light`: one in four, and nothing is masked. */
export const AUGMENTATIONS = {
  none: {},
  usual: {
    room: { probability: 0.25, decay: [0.15, 0.9], tail: [0.03, 0.25] },
    noise: { probability: 0.45, ratio: [0, 30] },
    voices: { probability: 0.05, ratio: [10, 30] },
    band: { probability: 0.08, low: [0, 300], high: [2_000, 7_500] },
    telephone: { probability: 0.07 },
    clipping: { probability: 0.04, share: [0.005, 0.1] },
    gain: { probability: 0.5, decibels: [-25, 10] },
    codec: { probability: 0.1, depth: [25, 60] },
    timeMask: { probability: 0.2, frames: 16 },
    bandMask: { probability: 0.2, bands: 8 },
  },
  light: {
    room: { probability: 0.15, decay: [0.15, 0.9], tail: [0.03, 0.25] },
    noise: { probability: 0.3, ratio: [3, 30] },
    voices: { probability: 0.03, ratio: [10, 30] },
    band: { probability: 0.05, low: [0, 300], high: [2_000, 7_500] },
    telephone: { probability: 0.05 },
    clipping: { probability: 0.02, share: [0.005, 0.1] },
    gain: { probability: 0.5, decibels: [-25, 10] },
    codec: { probability: 0.05, depth: [25, 60] },
  },
} as const satisfies Record<string, Augmentation>;

/** An augmentation by its name, or out of a JSON file. Throws InputError where the file is none. */
export async function readAugmentation(nameOrPath: string): Promise<Augmentation> {
  const known: Record<string, unknown> = AUGMENTATIONS;
  if (nameOrPath in known) return augmentationSchema.parse(known[nameOrPath]);
  const names = Object.keys(AUGMENTATIONS).join(' or ');
  return readWrittenJson(
    nameOrPath,
    augmentationSchema,
    `Give ${names}, or a JSON file as docs/distill.md describes it`,
  );
}
