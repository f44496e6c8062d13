/** Binds steps on float32 values to kernels: all arguments of a call are worked out here, once, so that a run only calls. */

import type { EngineContext, Places } from './engine-context.js';
import { sizeOf } from './graph.js';
import { ACTIVATION, isPointwise, type Step, type StepOf, sidesOf } from './step.js';

export function bindFloatStep(step: Step, at: Places, context: EngineContext): () => void {
  switch (step.kind) {
    case 'convolution':
      return step.ofCodes ? convolutionOfCodes(step, at, context) : convolution(step, at, context);
    case 'quantise-rows':
      return quantiseRows(step, at, context);
    case 'depthwise':
      return depthwise(step, at, context);
    case 'average-pool':
      return averagePool(step, at, context);
    case 'max-pool':
      return maxPool(step, at, context);
    case 'scale':
      return scale(step, at, context);
    case 'add':
    case 'multiply':
      return elementwise(step, at, context);
    case 'normalise':
      return normalise(step, at, context);
    case 'pad':
      return pad(step, at, context);
    case 'repack':
      return repack(step, at, context);
    case 'log-mel':
      return logMel(step, at, context);
    case 'quantise':
    case 'dequantise':
      throw new TypeError(`${step.kind} is no step on float32 values`);
  }
}

function convolution(
  step: StepOf<'convolution'>,
  at: Places,
  { kernels, weights }: EngineContext,
): () => void {
  const { window, kernel } = step;
  const { outs, channels } = sidesOf(kernel);
  const [from, to] = [at(step.input), at(step.output)];
  const layout = { outs, rows: window.rows, columns: window.columns, channels, stride: from.stride };
  const address = weights.panels(kernel, step.bias, layout);
  const run = kernels.convolution;
  const activation = ACTIVATION[step.activation];
  const residual = step.residual === undefined ? undefined : at(step.residual);

  if (isPointwise(window)) {
    const { pixels, pixelBytes, stride } = from;
    return () =>
      run(
        from.address,
        1,
        0,
        pixels,
        pixelBytes,
        1,
        0,
        stride,
        address,
        to.stride,
        to.address,
        residual?.address ?? 0,
        activation,
      );
  }
  const rowStep = window.strideRows * from.rowBytes;
  const pixelStep = window.strideColumns * from.pixelBytes;
  const length = window.columns * from.stride;
  return () => {
    for (let image = 0; image < from.images; image++)
      run(
        from.address + image * from.imageBytes,
        to.rows,
        rowStep,
        to.columns,
        pixelStep,
        window.rows,
        from.rowBytes,
        length,
        address,
        to.stride,
        to.address + image * to.imageBytes,
        residual ? residual.address + image * to.imageBytes : 0,
        activation,
      );
  };
}

/** Bytes of the unit in front of a row's codes. */
const UNIT_BYTES = 4;

function quantiseRows(step: StepOf<'quantise-rows'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  const { pixels, channels, stride } = from;
  return () =>
    kernels.quantiseRows(from.address, pixels, channels, stride, step.limit, to.address, to.pixelBytes);
}

function convolutionOfCodes(
  step: StepOf<'convolution'>,
  at: Places,
  { kernels, weights }: EngineContext,
): () => void {
  const { outs, channels } = sidesOf(step.kernel);
  const [from, to] = [at(step.input), at(step.output)];
  const stride = 2 * (from.channels - 1);
  const layout = { outs, rows: 1, columns: 1, channels, stride };
  const address = weights.int8Panels(step.kernel, step.bias, layout);
  const residual = step.residual === undefined ? undefined : at(step.residual);
  const activation = ACTIVATION[step.activation];
  return () =>
    kernels.convolutionInt8Weights(
      from.address + UNIT_BYTES,
      from.pixels,
      from.pixelBytes,
      stride,
      address,
      to.stride,
      to.address,
      residual?.address ?? 0,
      activation,
    );
}

function depthwise(step: StepOf<'depthwise'>, at: Places, { kernels, weights }: EngineContext): () => void {
  const { window } = step;
  const [from, to] = [at(step.input), at(step.output)];
  const address = weights.depthwise(step.kernel, step.bias, from.stride);
  const activation = ACTIVATION[step.activation];
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.depthwise(
        from.address + image * from.imageBytes,
        from.rows,
        from.columns,
        from.stride,
        window.rows,
        window.columns,
        window.strideRows,
        window.strideColumns,
        window.top,
        window.left,
        address,
        to.address + image * to.imageBytes,
        to.rows,
        to.columns,
        activation,
      );
  };
}

function averagePool(step: StepOf<'average-pool'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.averagePool(
        from.address + image * from.imageBytes,
        from.rows * from.columns,
        from.stride,
        to.address + image * to.pixelBytes,
      );
  };
}

function maxPool(step: StepOf<'max-pool'>, at: Places, { kernels }: EngineContext): () => void {
  const { window } = step;
  const [from, to] = [at(step.input), at(step.output)];
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.maxPool(
        from.address + image * from.imageBytes,
        from.rows,
        from.columns,
        from.stride,
        window.rows,
        window.columns,
        window.strideRows,
        window.strideColumns,
        window.top,
        window.left,
        to.address + image * to.imageBytes,
        to.rows,
        to.columns,
      );
  };
}

function scale(step: StepOf<'scale'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, gate, to] = [at(step.input), at(step.gate), at(step.output)];
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.scaleChannels(
        from.address + image * from.imageBytes,
        from.rows * from.columns,
        from.stride,
        gate.address + image * gate.pixelBytes,
        to.address + image * to.imageBytes,
      );
  };
}

function elementwise(
  step: StepOf<'add' | 'multiply'>,
  at: Places,
  { kernels, weights }: EngineContext,
): () => void {
  const run = step.kind === 'add' ? kernels.add : kernels.multiply;
  const [from, to] = [at(step.input), at(step.output)];
  const activation = ACTIVATION[step.activation];
  const count = from.filled(4);
  if (typeof step.other === 'number') {
    const other = at(step.other);
    return () => run(from.address, other.address, count, count, to.address, activation);
  }
  const isScalar = step.other.length === 1;
  const repeated = new Float32Array(isScalar ? 4 : from.stride);
  if (isScalar) repeated.fill(step.other[0]);
  else repeated.set(step.other);
  const other = weights.numbers(repeated);
  return () => run(from.address, other, count, repeated.length, to.address, activation);
}

function normalise(step: StepOf<'normalise'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  return () => kernels.normaliseRows(from.address, from.pixels, from.stride, to.address);
}

/** Padding with zeros, for floats and integers alike: in memory, zero is all bits 0 in either. */
export function pad(step: StepOf<'pad'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  const left = step.left * from.pixelBytes;
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.pad(
        from.address + image * from.imageBytes,
        from.rows,
        from.rowBytes,
        step.top,
        left,
        to.address + image * to.imageBytes,
        to.rows,
        to.rowBytes,
      );
  };
}

function repack(step: StepOf<'repack'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  const count = sizeOf(from.value.shape);
  return () =>
    kernels.repack(from.address, count, from.channels, from.stride, to.address, to.channels, to.stride);
}

function logMel(step: StepOf<'log-mel'>, at: Places, { memory }: EngineContext): () => void {
  const { frames, melBands } = step.parameters;
  const [from, to] = [at(step.input), at(step.output)];
  return () =>
    step.logMel.compute(
      memory.floats(from.address, from.channels),
      frames,
      memory.floats(to.address, frames * melBands),
    );
}
