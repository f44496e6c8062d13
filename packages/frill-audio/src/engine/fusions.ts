/**
 * Several operators as one step: an activation moves into the layer before it, a sum of two tensors into the convolution that
 * makes one of them. Each returns whether it could; then nothing else is left to do for the operator.
 */
import type { Value } from './layout.js';
import type { Activation, Step } from './step.js';

/** The steps so far. */
export interface Fusible {
  readonly steps: Step[];
  /** Values of the tensors, by number. */
  readonly values: readonly Value[];
  /** How often each tensor is read. */
  readonly reads: readonly number[];
}

/** An activation, into the layer before it if only this reads that. */
export function activationIntoLayer(
  { steps, reads }: Fusible,
  input: number,
  output: number,
  activation: Activation,
): boolean {
  const at = steps.findLastIndex((step) => step.output === input);
  const before = steps[at];
  if (reads[input] !== 1 || !before || !('activation' in before) || before.activation !== 'NONE')
    return false;
  steps[at] = { ...before, output, activation };
  return true;
}

/** In int8 files hard swish is spelt x relu6(x + 3): back into the layer that makes x, where that has no other use. */
export function swishIntoLayer(
  { steps, values, reads }: Fusible,
  a: number,
  b: number,
  output: number,
): boolean {
  const isGateOf = (gate: number, x: number) => (step: Step) =>
    step.kind === 'add' &&
    step.output === gate &&
    step.input === x &&
    step.activation === 'RELU6' &&
    typeof step.other !== 'number' &&
    step.other.length === 1 &&
    Math.abs(step.other[0] - 3) < 1e-5;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ]) {
    const gateAt = steps.findLastIndex(isGateOf(gate, x));
    const at = steps.findLastIndex((step) => step.output === x);
    const layer = steps[at];
    const isLayer = layer?.kind === 'convolution' || layer?.kind === 'depthwise';
    if (gateAt < 0 || !isLayer || layer.activation !== 'NONE') continue;
    if (reads[x] !== 2 || reads[gate] !== 1 || !values[x].quantization) continue;
    if (layer.kind === 'convolution' && layer.residual !== undefined) continue;
    steps[at] = { ...layer, output, activation: 'SWISH' };
    steps.splice(gateAt, 1);
    return true;
  }
  return false;
}

/** A sum moves into the later of the convolutions that make its terms, if nothing else reads that. */
export function sumIntoConvolution(
  { steps, reads }: Fusible,
  a: number,
  b: number,
  output: number,
  activation: Activation,
): boolean {
  const at = steps.findLastIndex((step) => step.output === a || step.output === b);
  const step = steps[at];
  if (
    step?.kind !== 'convolution' ||
    step.activation !== 'NONE' ||
    step.residual !== undefined ||
    reads[step.output] !== 1
  )
    return false;
  steps[at] = { ...step, residual: step.output === a ? b : a, output, activation };
  return true;
}
