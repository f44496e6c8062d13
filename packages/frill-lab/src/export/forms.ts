/**
 * The forms a student can be shipped in, each a chain of rewrites of the float32 subgraph. All keep float32 input and
 * output, so that callers never see the difference; docs/export.md compares sizes, speeds and errors.
 */
import { ModelError } from 'frill-audio';
import type { Progress } from '../run/progress.js';
import type { Subgraph } from '../tflite/model.js';
import { activationRanges, type CalibrationModel } from './calibrate.js';
import { absorbFactors } from './rewrites/absorb-factors.js';
import { compressWeights } from './rewrites/compress-weights.js';
import { denseAsConvolution } from './rewrites/dense-as-convolution.js';
import { fullInt8 } from './rewrites/full-int8.js';
import { fuseActivations } from './rewrites/fuse-activations.js';
import { spellOutHardSwish } from './rewrites/spell-out-hard-swish.js';

export const FORMS = ['float32', 'int8-bottleneck', 'int8-weight', 'int8', 'float16'] as const;

/**
 * - `float32`: everything.
 * - `int8-bottleneck`: the kernels trained with fake quantisation as int8, exactly as trained; the rest float32.
 * - `int8-weight`: every kernel as int8, arithmetic in float32.
 * - `int8`: arithmetic in int8 too, calibrated on real windows.
 * - `float16`: every kernel as float16, arithmetic in float32.
 */
export type Form = (typeof FORMS)[number];

/** What `int8` measures activations on. */
export interface Calibration {
  /** Inputs of the network, one after the other. */
  readonly windows: Float32Array;
  readonly load: (model: Uint8Array) => Promise<CalibrationModel>;
  readonly progress?: Progress | undefined;
}

/** The subgraph in a form. Throws ModelError where the form needs what is not given. */
export async function inForm(subgraph: Subgraph, form: Form, calibration?: Calibration): Promise<Subgraph> {
  const lean = fuseActivations(absorbFactors(subgraph));
  switch (form) {
    case 'float32':
      return lean;
    case 'int8-weight':
      return compressWeights(lean, 'int8');
    case 'float16':
      return compressWeights(lean, 'float16');
    case 'int8-bottleneck':
      if (!lean.tensors.some(({ grid }) => grid))
        throw new ModelError({
          what: 'the form int8-bottleneck needs a student that was trained with quantisation-aware training',
          remedy: 'Export the form int8-weight, which quantises after training',
        });
      return compressWeights(lean, 'trained-int8');
    case 'int8': {
      if (!calibration || calibration.windows.length === 0)
        throw new ModelError({
          what: 'the form int8 needs windows to calibrate its activations on',
          remedy:
            'Give recordings of the kind that the model will hear with --calibration, about a hundred windows',
        });
      const spelt = fuseActivations(absorbFactors(spellOutHardSwish(subgraph)));
      const convolutional = denseAsConvolution(spelt);
      return fullInt8(
        convolutional,
        await activationRanges(convolutional, calibration.windows, calibration.load, calibration.progress),
      );
    }
  }
}
