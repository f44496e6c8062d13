/**
 * Finds the front end that audio-in files begin with, so that its kernel can do the work of a dozen operators: samples to
 * blocks, windows, transform, mel bands, logarithm. Only what computes exactly the log-mel of the file's own parameters matches.
 */
import { hannWindow, melMatrix } from '../frontend/definition.js';
import { type FrontendParameters, windowSamples } from '../frontend/parameters.js';
import type { GraphTensor, Subgraph } from './graph.js';

const OPERATORS =
  'RESHAPE GATHER RESHAPE MUL PAD RESHAPE RFFT2D COMPLEX_ABS RESHAPE FULLY_CONNECTED LOG RESHAPE'.split(' ');

/** float32 half an ulp: constants are stored in that. */
const PRECISION = 2 ** -24;

/** The front end's log-mel and how many operators lead to it; undefined where the subgraph begins otherwise. */
export function matchFrontend(
  subgraph: Subgraph,
  parameters: FrontendParameters,
): { readonly output: number; readonly operators: number } | undefined {
  const { operators, inputs, tensors } = subgraph;
  const first = operators.slice(0, OPERATORS.length);
  if (first.map(({ op }) => op).join() !== OPERATORS.join()) return undefined;
  const isChain = first.every(
    ({ inputs: [from] }, at) => from === (at === 0 ? inputs[0] : first[at - 1].outputs[0]),
  );
  const [output] = first[first.length - 1].outputs;
  const [, gather, , hann, , , , , , mel] = first;
  const { frames, windowLength, melBands, logOffset } = parameters;
  const samples = tensors[inputs[0]].shape.at(-1);
  const isShaped =
    tensors[output].shape.join() === [1, frames, melBands, 1].join() && samples === windowSamples(parameters);
  const isSame =
    isChain &&
    isShaped &&
    isFramed(tensors[gather.inputs[1]], parameters, tensors[gather.inputs[0]].shape[1]) &&
    holds(tensors[hann.inputs[1]], hannWindow(windowLength)) &&
    holds(tensors[mel.inputs[1]], transposed(melMatrix(parameters), melBands)) &&
    holds(tensors[mel.inputs[2]], new Float64Array(melBands).fill(logOffset));
  return isSame ? { output, operators: OPERATORS.length } : undefined;
}

/** Whether the gathered blocks are the frames of the window. */
function isFramed(
  { data }: GraphTensor,
  { frames, windowLength, hopLength }: FrontendParameters,
  block: number,
): boolean {
  if (data === undefined) return false;
  const blocks = new Int32Array(new Uint8Array(data).buffer);
  const perFrame = windowLength / block;
  return (
    blocks.length === frames * perFrame &&
    blocks.every((value, at) => value === (Math.floor(at / perFrame) * hopLength) / block + (at % perFrame))
  );
}

function holds({ data, type }: GraphTensor, expected: ArrayLike<number>): boolean {
  if (type !== 'float32' || data === undefined) return false;
  const values = new Float32Array(new Uint8Array(data).buffer);
  return (
    values.length === expected.length &&
    values.every(
      (value, i) => Math.abs(value - expected[i]) <= 4 * PRECISION * Math.max(1, Math.abs(expected[i])),
    )
  );
}

function transposed(matrix: ArrayLike<number>, columns: number): Float64Array {
  const rows = matrix.length / columns;
  return Float64Array.from(
    { length: matrix.length },
    (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)],
  );
}
