/**
 * What makes one student: the five hyperparameters of the study (size, width, pooling, compression, quantisation)
 * and the widths around them. Peplinski et al., Interspeech 2021, section 3.
 */
import { InputError } from 'frill-audio';
import { z } from 'zod';

export const SIZES = ['tiny', 'small', 'large'] as const;

/** The grid's width multipliers; any positive width can be built. */
export const WIDTHS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** Rank of the grid's low-rank bottlenecks. */
export const RANK = 100;

export const studentConfigSchema = z.object({
  /** Which MobileNetV3. */
  size: z.enum(SIZES),
  /** MobileNetV3's alpha. */
  width: z.number().positive().max(4),
  /** Global average pooling of the last feature map, or the map flattened. */
  pooling: z.enum(['gap', 'flatten']),
  /** Low-rank bottleneck learnt during training, or none. */
  compression: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('low-rank'), rank: z.int().positive() }),
  ]),
  /** Quantisation-aware training of the bottleneck, or none. */
  quantization: z.enum(['none', 'aware']),
  /** Width of the embedding. */
  bottleneck: z.int().positive().default(2048),
  /**
   * First layer: standardisation by the training features' mean and deviation, which an exported file has in its first
   * convolution; or Keras' Rescaling(1/127.5, -1), for fidelity.
   */
  input: z.enum(['standardise', 'rescale']).default('standardise'),
});

/** One student. Its `studentName` identifies it in files, tables and plots. */
export type StudentConfig = z.infer<typeof studentConfigSchema>;

/** `small-2-gap-lowrank-qat`: what differs from the plain flattened float network is spelt out. */
export function studentName(config: StudentConfig): string {
  return [
    config.size,
    config.width,
    config.pooling === 'gap' ? 'gap' : 'flat',
    ...(config.compression.kind === 'low-rank' ? ['lowrank'] : []),
    ...(config.quantization === 'aware' ? ['qat'] : []),
  ].join('-');
}

const NAME = /^(tiny|small|large)-(\d+(?:\.\d+)?)-(gap|flat)(-lowrank)?(-qat)?$/;

/**
 * The student of a name that `studentName` gives. What the name does not say is the grid's: rank 100, the schema's bottleneck and
 * input layer; or as told. Throws InputError.
 */
export function parseStudentName(
  name: string,
  {
    rank = RANK,
    ...rest
  }: { readonly rank?: number } & Partial<Pick<StudentConfig, 'bottleneck' | 'input'>> = {},
): StudentConfig {
  const [, size, width, pooling, lowRank, aware] = NAME.exec(name) ?? [];
  const parsed = studentConfigSchema.safeParse({
    ...rest,
    size,
    width: Number(width),
    pooling: pooling === 'flat' ? 'flatten' : pooling,
    compression: lowRank === undefined ? { kind: 'none' } : { kind: 'low-rank', rank },
    quantization: aware === undefined ? 'none' : 'aware',
  });
  if (parsed.success) return parsed.data;
  throw new InputError({
    what: 'not the name of a student',
    where: name,
    remedy: 'Write SIZE-WIDTH-POOLING[-lowrank][-qat], e.g. small-1-gap or large-0.5-flat-lowrank-qat',
  });
}
