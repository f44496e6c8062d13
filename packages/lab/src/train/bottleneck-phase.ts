/**
 * The forms that a student's bottleneck passes through while training, each a network of its own: full kernel, kernel
 * blended with factors, factors alone; with weights as they are, or fake-quantised.
 */
import type { Value } from '../graph/graph.js';
import type { Mode } from '../models/layers.js';
import { buildStudent, type DistillationStudent } from '../models/student.js';
import type { StudentConfig } from '../models/student-config.js';
import { alphaAt, type BottleneckSchedule, bitsAt } from './bottleneck-schedule.js';

export interface BottleneckPhase {
  readonly kernel: 'full' | 'blended' | 'factored';
  readonly weights: 'exact' | 'fake-quantised';
  /** Weight of the full kernel: 1 while it is alone, 0 when it is gone. */
  readonly alpha: number;
  /** Of the weights, where they are fake-quantised. */
  readonly bits: number | undefined;
}

/** The phase in which a step (counted from 0) is trained. */
export function phaseAt(
  config: StudentConfig,
  schedule: BottleneckSchedule,
  step: number,
  steps: number,
): BottleneckPhase {
  const alpha = config.compression.kind === 'none' ? 1 : alphaAt(schedule, step, steps);
  const bits = config.quantization === 'none' ? undefined : bitsAt(schedule, step, steps);
  return {
    kernel: alpha === 1 ? 'full' : alpha === 0 ? 'factored' : 'blended',
    weights: bits === undefined ? 'exact' : 'fake-quantised',
    alpha,
    bits,
  };
}

/** True where two phases are the same network, fed differently. */
export function isSameNetwork(a: BottleneckPhase, b: BottleneckPhase): boolean {
  return a.kernel === b.kernel && a.weights === b.weights;
}

/** The network of a phase. */
export function buildPhase(
  config: StudentConfig,
  { kernel, weights }: BottleneckPhase,
  options: { readonly batch: number; readonly mode: Mode; readonly targetWidth: number },
): DistillationStudent {
  if (kernel === 'full')
    return buildStudent({ ...config, compression: { kind: 'none' } }, { ...options, weights });
  return buildStudent(config, { ...options, weights, lowRank: kernel });
}

/** What a phase's network is fed beside windows. */
export function phaseFeeds(
  { alpha, bits }: Pick<DistillationStudent, 'alpha' | 'bits'>,
  phase: BottleneckPhase,
): (readonly [Value, Float32Array])[] {
  return [
    ...(alpha ? [[alpha, Float32Array.of(phase.alpha)] as const] : []),
    ...(bits ? [[bits, Float32Array.of(phase.bits ?? 32)] as const] : []),
  ];
}
