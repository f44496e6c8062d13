/** What is known of a student's training without trying it: its work, and what it leaves on disk. */
import { countMultiplyAccumulates, countParameters } from '../../../models/count.js';
import { buildStudent } from '../../../models/student.js';
import { type StudentConfig, studentName } from '../../../models/student-config.js';
import { KERNEL } from '../../../train/compression.js';

/** What a training step of a student works on. */
export interface TrainingCost {
  readonly config: StudentConfig;
  /** Forward multiply-accumulates of one window, head included. */
  readonly multiplyAccumulates: number;
  /** Numbers that the optimiser moves, head included. */
  readonly parameters: number;
  /** Weights in the student's folder and its .tflite file, in bytes. */
  readonly keptBytes: number;
  /** Inputs of a bottleneck that is factorised again and again while it is compressed; 0 for others. */
  readonly factorisedInputs: number;
}

export function trainingCost(config: StudentConfig, targetWidth: number): TrainingCost {
  const { prediction, embedding } = buildStudent(config, { batch: 1, mode: 'inference', targetWidth });
  const [inputs, outputs] = bottleneckShape(config);
  const { compression, quantization } = config;
  const isCompressed = compression.kind === 'low-rank';
  const kernel = isCompressed ? compression.rank * (inputs + outputs) : inputs * outputs;
  const weights = 4 * countParameters(embedding);
  return {
    config,
    // In the file a quantised bottleneck has a byte a weight.
    keptBytes: 2 * weights - (quantization === 'aware' ? 3 * kernel : 0),
    multiplyAccumulates: countMultiplyAccumulates(prediction),
    parameters: countParameters(prediction),
    factorisedInputs: isCompressed ? inputs : 0,
  };
}

/** Inputs and outputs of the bottleneck's full kernel. */
export function bottleneckShape(config: StudentConfig): readonly [number, number] {
  const full = { ...config, compression: { kind: 'none' } as const };
  const { graph } = buildStudent(full, { batch: 1, mode: 'inference' });
  const [inputs, outputs] = graph.parameters.find(({ name }) => name === KERNEL)?.shape ?? [];
  if (!inputs || !outputs) throw new RangeError(`${studentName(config)} has no ${KERNEL}`);
  return [inputs, outputs];
}
