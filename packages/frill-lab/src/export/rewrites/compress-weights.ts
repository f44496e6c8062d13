/**
 * Kernels stored in fewer bits, with a `DEQUANTIZE` before the layer: arithmetic stays float32 and the runtime unpacks
 * the kernels once, at load. int8 is per output channel, symmetric, codes within +-127 (the TFLite quantisation
 * specification); a kernel that was trained on an int8 grid keeps exactly its codes and scales.
 */
import { toFloat16 } from '../../tensor/float16.js';
import {
  bytesOf,
  channelIndex,
  floatsOf,
  type Quantization,
  type Subgraph,
  type TfliteTensor,
} from '../../tflite/model.js';
import { channelAxis, LAYERS, SubgraphEditor } from './editing.js';

export type StoredPrecision =
  /** Every kernel as int8. */
  | 'int8'
  /** int8 for the kernels alone that were trained for it. */
  | 'trained-int8'
  | 'float16';

export function compressWeights(subgraph: Subgraph, compression: StoredPrecision): Subgraph {
  const edit = new SubgraphEditor(subgraph);
  for (const operator of subgraph.operators) {
    const { op, inputs, outputs, options } = operator;
    const kernel = LAYERS.has(op) ? subgraph.tensors[inputs[1]] : undefined;
    const stored = kernel && compressed(kernel, channelAxis(op), compression);
    if (!kernel || !stored) {
      edit.operators.push(operator);
      continue;
    }
    const restored = { name: `${kernel.name}/restored`, shape: kernel.shape, type: 'float32' } as const;
    const unpacked = edit.apply('DEQUANTIZE', [edit.tensor(stored)], restored);
    edit.operator(op, [inputs[0], unpacked, inputs[2]], outputs, options);
  }
  return edit.finish();
}

function compressed(
  kernel: TfliteTensor,
  axis: number,
  compression: StoredPrecision,
): TfliteTensor | undefined {
  switch (compression) {
    case 'int8':
      return quantizedKernel(kernel, axis);
    case 'trained-int8':
      return kernel.grid && quantizedKernel(kernel, axis);
    case 'float16':
      return {
        ...kernel,
        type: 'float16',
        data: bytesOf(Uint16Array.from(floatsOf(kernel), toFloat16)),
        grid: undefined,
      };
  }
}

/**
 * A float32 kernel as int8 codes, on the grid it was trained on or else with the largest value of each channel as 127;
 * a channel of a smaller scale than `leastScales` has for it takes that one.
 */
export function quantizedKernel(
  kernel: TfliteTensor,
  axis: number,
  leastScales?: readonly number[],
): TfliteTensor {
  const values = floatsOf(kernel);
  const channelOf = channelIndex(kernel.shape, axis);
  const grid = kernel.grid ?? channelGrid(values, kernel.shape[axis], axis, channelOf);
  const scales = grid.scales.map((scale, channel) => Math.max(scale, leastScales?.[channel] ?? 0));
  const quantization = { ...grid, scales };
  const codes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const scale = quantization.scales[channelOf(i)];
    codes[i] = Math.max(-127, Math.min(127, Math.round(values[i] / scale)));
  }
  return { name: kernel.name, shape: kernel.shape, type: 'int8', data: bytesOf(codes), quantization };
}

function channelGrid(
  values: Float32Array,
  channels: number,
  axis: number,
  channelOf: (index: number) => number,
): Quantization {
  const largest = new Float32Array(channels);
  for (let i = 0; i < values.length; i++) {
    const channel = channelOf(i);
    largest[channel] = Math.max(largest[channel], Math.abs(values[i]));
  }
  // A channel of zeros still needs a positive scale.
  const scales = Array.from(largest, (value) => Math.fround((value || 1) / 127));
  return { scales, zeroPoints: scales.map(() => 0), axis };
}
