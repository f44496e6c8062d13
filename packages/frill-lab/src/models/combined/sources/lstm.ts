/** One LSTM layer with parameters as PyTorch keeps them. */
import type { NetworkWriter } from './source.js';

/** Gates lie one after the other: input, forget, cell, output. */
export interface LstmParameters {
  /** [4 hidden, inputs] */
  readonly input: Float32Array;
  /** [4 hidden, hidden] */
  readonly recurrent: Float32Array;
  /** [4 hidden] each. */
  readonly biases: readonly [Float32Array, Float32Array];
}

/** Appends the layer; from steps [T, N, inputs] to the name of its hidden states [T, N, hidden]. The first state is zeros. */
export function writeLstm(
  write: NetworkWriter,
  steps: string,
  { input, recurrent, biases: [first, second] }: LstmParameters,
): string {
  const gates = first.length;
  const hidden = gates / 4;
  const biases = new Float32Array(2 * gates);
  biases.set(inOnnxOrder(first));
  biases.set(inOnnxOrder(second), gates);
  const states = write.node(
    'LSTM',
    [
      steps,
      write.floats([1, gates, input.length / gates], inOnnxOrder(input)),
      write.floats([1, gates, hidden], inOnnxOrder(recurrent)),
      write.floats([1, 2 * gates], biases),
    ],
    { hidden_size: hidden },
  );
  return write.node('Squeeze', [states, write.integers(1)]);
}

/** Gates in PyTorch's order (input, forget, cell, output) in ONNX's (input, output, forget, cell). */
function inOnnxOrder(rows: Float32Array): Float32Array {
  const size = rows.length / 4;
  const ordered = new Float32Array(rows.length);
  for (const [to, from] of [0, 3, 1, 2].entries())
    ordered.set(rows.subarray(from * size, (from + 1) * size), to * size);
  return ordered;
}
