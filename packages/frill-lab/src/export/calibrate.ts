/**
 * Calibration of int8 activations: the float32 form runs on real windows with every activation as an output, and the
 * smallest and largest value of each are kept.
 */
import { type Progress, silent } from '../run/progress.js';
import type { Subgraph } from '../tflite/model.js';
import { writeTflite } from '../tflite/write-tflite.js';
import type { ActivationRanges } from './rewrites/full-int8.js';

/** Runs a model's first signature; what `loadModel` of the device package gives. */
export interface CalibrationModel {
  run(inputs: Record<string, Float32Array>, signature: string): Promise<Record<string, Float32Array>>;
  close(): void | Promise<void>;
}

/** Ranges over `windows`, which holds any number of inputs one after the other. The subgraph has batch size 1. */
export async function activationRanges(
  subgraph: Subgraph,
  windows: Float32Array,
  load: (model: Uint8Array) => Promise<CalibrationModel>,
  progress: Progress = silent,
): Promise<ActivationRanges> {
  const computed = subgraph.operators.flatMap(({ outputs }) => outputs);
  const [input] = subgraph.inputs;
  const outputs = Object.fromEntries(computed.map((index) => [`t${index}`, index]));
  const model = await load(
    writeTflite({
      description: 'calibration',
      subgraphs: [{ ...subgraph, outputs: computed }],
      signatures: [{ key: 'all', subgraph: 0, inputs: { x: input }, outputs }],
      metadata: new Map(),
    }),
  );
  const ranges = subgraph.tensors.map(() => ({ low: 0, high: 0 }));
  const widen = (index: number, values: Float32Array) => {
    const range = ranges[index];
    for (const value of values) {
      if (value < range.low) range.low = value;
      if (value > range.high) range.high = value;
    }
  };
  const size = subgraph.tensors[input].shape.reduce((product, extent) => product * extent, 1);
  const step = progress.start('calibrate', Math.floor(windows.length / size), 'windows');
  try {
    for (let start = 0; start + size <= windows.length; start += size) {
      const window = windows.subarray(start, start + size);
      widen(input, window);
      const all = await model.run({ x: window }, 'all');
      for (const index of computed) widen(index, all[`t${index}`]);
      step.advance(start / size + 1);
    }
    step.finish();
  } finally {
    await model.close();
  }
  return ranges;
}
