/**
 * The forms that a student passes through while training, each a network of its own. The bottleneck: full kernel, kernel
 * blended with factors, factors alone; with weights as they are, or fake-quantised. Batch normalisation: by the batch,
 * or by statistics that no longer change.
 */
import type { Value } from '../graph/graph.js';
import type { Mode } from '../models/layers.js';
import { buildStudent, type DistillationHead, type DistillationStudent } from '../models/student.js';
import type { StudentConfig } from '../models/student-config.js';
import { alphaAt, bitsAt } from './bottleneck-schedule.js';
import type { DistillationOptions } from './distillation-options.js';

export interface TrainingPhase {
  readonly kernel: 'full' | 'blended' | 'factored';
  readonly weights: 'exact' | 'fake-quantised';
  readonly statistics: 'of the batch' | 'frozen';
  /** Weight of the full kernel: 1 while it is alone, 0 when it is gone. */
  readonly alpha: number;
  /** Bits of the weights, where they are fake-quantised. */
  readonly bits: number | undefined;
}

/** The phase in which a step (counted from 0) is trained. */
export function phaseAt(
  config: StudentConfig,
  { bottleneck, steps, freezeStatistics }: DistillationOptions,
  step: number,
): TrainingPhase {
  const alpha = config.compression.kind === 'none' ? 1 : alphaAt(bottleneck, step, steps);
  const bits = config.quantization === 'none' ? undefined : bitsAt(bottleneck, step, steps);
  return {
    kernel: alpha === 1 ? 'full' : alpha === 0 ? 'factored' : 'blended',
    weights: bits === undefined ? 'exact' : 'fake-quantised',
    statistics: step < Math.round(freezeStatistics * steps) ? 'of the batch' : 'frozen',
    alpha,
    bits,
  };
}

/** True where two phases are the same network, if fed differently. */
export function isSameNetwork(a: TrainingPhase, b: TrainingPhase): boolean {
  return a.kernel === b.kernel && a.weights === b.weights && a.statistics === b.statistics;
}

/** The network of a phase; as it trains unless a mode is given. */
export function buildPhase(
  config: StudentConfig,
  { kernel, weights, statistics }: TrainingPhase,
  {
    mode = statistics === 'frozen' ? 'inference' : 'training',
    ...shape
  }: { readonly batch: number; readonly mode?: Mode } & DistillationHead,
): DistillationStudent {
  const options = { ...shape, mode };
  if (kernel === 'full')
    return buildStudent({ ...config, compression: { kind: 'none' } }, { ...options, weights });
  return buildStudent(config, { ...options, weights, lowRank: kernel });
}

/** What a phase's network is fed beside windows. */
export function phaseFeeds(
  { alpha, bits }: Pick<DistillationStudent, 'alpha' | 'bits'>,
  phase: TrainingPhase,
): (readonly [Value, Float32Array])[] {
  return [
    ...(alpha ? [[alpha, Float32Array.of(phase.alpha)] as const] : []),
    ...(bits ? [[bits, Float32Array.of(phase.bits ?? 32)] as const] : []),
  ];
}
