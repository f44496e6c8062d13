/**
 * A subgraph while it is being rewritten. Rewrites walk the old operators in order and append new ones; tensors that
 * nothing uses any more are dropped at the end.
 */
import type { OptionValue, Subgraph, TfliteOperator, TfliteTensor } from '../../tflite/model.js';

export class SubgraphEditor {
  readonly tensors: TfliteTensor[];
  readonly operators: TfliteOperator[] = [];

  constructor(readonly original: Subgraph) {
    this.tensors = [...original.tensors];
  }

  tensor(described: TfliteTensor): number {
    return this.tensors.push(described) - 1;
  }

  operator(
    op: string,
    inputs: readonly number[],
    outputs: readonly number[],
    options: Readonly<Record<string, OptionValue>> = {},
  ): void {
    this.operators.push({ op, inputs, outputs, options });
  }

  /** Appends an operator with one new output tensor and returns its index. */
  apply(
    op: string,
    inputs: readonly number[],
    output: TfliteTensor,
    options: Readonly<Record<string, OptionValue>> = {},
  ): number {
    const index = this.tensor(output);
    this.operator(op, inputs, [index], options);
    return index;
  }

  /** The rewritten subgraph, tensors renumbered without those that nothing uses. */
  finish({ inputs = this.original.inputs, outputs = this.original.outputs } = {}): Subgraph {
    const renumbered = new Map<number, number>([[-1, -1]]);
    const tensors: TfliteTensor[] = [];
    const keep = (index: number): number => {
      const known = renumbered.get(index);
      if (known !== undefined) return known;
      const fresh = tensors.push(this.tensors[index]) - 1;
      renumbered.set(index, fresh);
      return fresh;
    };
    const newInputs = inputs.map(keep);
    const operators = this.operators.map((each) => ({
      ...each,
      inputs: each.inputs.map(keep),
      outputs: each.outputs.map(keep),
    }));
    return { name: this.original.name, tensors, inputs: newInputs, outputs: outputs.map(keep), operators };
  }
}

/** The layers: operators whose second input is a kernel and whose third is a bias. */
export const LAYERS: ReadonlySet<string> = new Set(['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED']);

/** Axis of a kernel's output channels, by operator. */
export function channelAxis(op: string): number {
  return op === 'DEPTHWISE_CONV_2D' ? 3 : 0;
}
