/** What a network costs, by arithmetic: numbers to store, bytes of its exported form, multiplications to run it. */
import { foldForInference } from '../graph/fold-for-inference.js';
import type { Value } from '../graph/graph.js';
import { neededLeaves, neededNodes } from '../graph/needed.js';
import { sizeOf } from '../tensor/tensor.js';
import { buildStudent } from './student.js';
import type { StudentConfig } from './student-config.js';

/** Weights and statistics that `output` depends on, in numbers. */
export function countParameters(output: Value): number {
  return neededLeaves([output])
    .filter(({ source }) => source.kind === 'weight' || source.kind === 'statistic')
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Multiply-accumulates of the layers in one run (elementwise operations are not counted, as is the custom). */
export function countMultiplyAccumulates(output: Value): number {
  return neededNodes([output]).reduce((sum, node) => sum + (node.op.multiplyAccumulates?.(node) ?? 0), 0);
}

export interface NetworkCost {
  /** Numbers that are trained, without those of the head. */
  readonly parameters: number;
  /** Batch normalisation and standardisation folded, as exported. */
  readonly foldedParameters: number;
  /** Bytes of the folded parameters in float32. */
  readonly bytes: number;
  /** Multiplications with an addition for one window. */
  readonly multiplyAccumulates: number;
}

/** What computing one embedding takes. */
export function studentCost(config: StudentConfig): NetworkCost {
  const { embedding } = buildStudent(config, { batch: 1, mode: 'inference' });
  const foldedParameters = countParameters(foldForInference([embedding]).at(embedding));
  return {
    parameters: countParameters(embedding),
    foldedParameters,
    bytes: 4 * foldedParameters,
    multiplyAccumulates: countMultiplyAccumulates(embedding),
  };
}
