/** Binds steps on integers, and into and out of them, to kernels, as float-calls.ts does those on float32 values. */

import type { EngineContext, Places } from './engine-context.js';
import { pad } from './float-calls.js';
import type { Place } from './layout.js';
import { type Activation, isPointwise, type Step, type StepOf, sidesOf } from './step.js';
import type { WeightStore } from './weights.js';

export function bindIntegerStep(step: Step, at: Places, context: EngineContext): () => void {
  switch (step.kind) {
    case 'convolution':
      return convolution(step, at, context);
    case 'depthwise':
      return depthwise(step, at, context);
    case 'average-pool':
      return averagePool(step, at, context);
    case 'scale':
      return scale(step, at, context);
    case 'add':
      return add(step, at, context);
    case 'quantise':
      return quantise(step, at, context);
    case 'dequantise':
      return dequantise(step, at, context);
    case 'pad':
      return pad(step, at, context);
    default:
      throw new TypeError(`${step.kind} is no step on integers`);
  }
}

/**
 * How results become codes, as kernels/engine/integer-arithmetic.ts reads it: bounds of a code less its zero point, and
 * what `unit` and `residualUnit` of a step's own are multiplied with.
 */
function rounding(
  weights: WeightStore,
  { quantization: { scale, zeroPoint } }: Place,
  activation: Activation,
  unit = 1,
  residualUnit = 0,
): number {
  const isBounded = activation === 'RELU' || activation === 'RELU6';
  const low = isBounded ? Math.max(-128 - zeroPoint, 0) : -128 - zeroPoint;
  const high = activation === 'RELU6' ? Math.min(127 - zeroPoint, Math.round(6 / scale)) : 127 - zeroPoint;
  return weights.numbers(Float32Array.of(low, high, unit, residualUnit));
}

function convolution(
  step: StepOf<'convolution'>,
  at: Places,
  { kernels, weights }: EngineContext,
): () => void {
  const { window, kernel } = step;
  const { outs, channels } = sidesOf(kernel);
  const [from, to] = [at(step.input), at(step.output)];
  const swishes = step.activation === 'SWISH';
  const layout = { outs, rows: window.rows, columns: window.columns, channels, stride: from.stride };
  // Hard swish is not linear: its argument is a real number, and only its value is in units of the output.
  const scales = { input: from.quantization.scale, output: swishes ? 1 : to.quantization.scale };
  const address = weights.integerPanels(kernel, step.bias, layout, scales);
  const added = step.residual === undefined ? undefined : at(step.residual);
  const terms = rounding(
    weights,
    to,
    step.activation,
    1 / to.quantization.scale,
    added && added.quantization.scale / to.quantization.scale,
  );
  const run = kernels.integerConvolution;
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
        added?.address ?? 0,
        Number(swishes),
        terms,
      );
  }
  const rowStep = window.strideRows * from.rowBytes;
  const pixelStep = window.strideColumns * from.pixelBytes;
  const length = Math.ceil((window.columns * from.stride) / 2) * 2;
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
        added ? added.address + image * to.imageBytes : 0,
        Number(swishes),
        terms,
      );
  };
}

function depthwise(step: StepOf<'depthwise'>, at: Places, { kernels, weights }: EngineContext): () => void {
  const { window } = step;
  const [from, to] = [at(step.input), at(step.output)];
  const swishes = step.activation === 'SWISH';
  const scales = { input: from.quantization.scale, output: swishes ? 1 : to.quantization.scale };
  const address = weights.integerDepthwise(step.kernel, step.bias, from.stride, scales);
  const terms = rounding(weights, to, step.activation, 1 / to.quantization.scale);
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.integerDepthwise(
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
        Number(swishes),
        terms,
      );
  };
}

function averagePool(
  step: StepOf<'average-pool'>,
  at: Places,
  { kernels, weights }: EngineContext,
): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  const pixels = from.rows * from.columns;
  const terms = rounding(weights, to, 'NONE', from.quantization.scale / (to.quantization.scale * pixels));
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.integerAveragePool(
        from.address + image * from.imageBytes,
        pixels,
        from.stride,
        to.address + image * to.pixelBytes,
        terms,
      );
  };
}

function scale(step: StepOf<'scale'>, at: Places, { kernels, weights }: EngineContext): () => void {
  const [from, gate, to] = [at(step.input), at(step.gate), at(step.output)];
  const terms = rounding(
    weights,
    to,
    'NONE',
    (from.quantization.scale * gate.quantization.scale) / to.quantization.scale,
  );
  return () => {
    for (let image = 0; image < from.images; image++)
      kernels.integerScaleChannels(
        from.address + image * from.imageBytes,
        from.rows * from.columns,
        from.stride,
        gate.address + image * gate.pixelBytes,
        to.address + image * to.imageBytes,
        terms,
      );
  };
}

function add(step: StepOf<'add' | 'multiply'>, at: Places, { kernels, weights }: EngineContext): () => void {
  if (typeof step.other !== 'number') throw new TypeError('no integer step adds a constant');
  const [from, other, to] = [at(step.input), at(step.other), at(step.output)];
  const count = from.filled(8);
  const terms = rounding(
    weights,
    to,
    step.activation,
    from.quantization.scale / to.quantization.scale,
    other.quantization.scale / to.quantization.scale,
  );
  return () => kernels.integerAdd(from.address, other.address, count, to.address, terms);
}

function quantise(step: StepOf<'quantise'>, at: Places, { kernels, weights }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  const count = to.filled(8);
  const terms = rounding(weights, to, 'NONE', 1 / to.quantization.scale);
  return () => kernels.quantise(from.address, count, to.address, terms);
}

function dequantise(step: StepOf<'dequantise'>, at: Places, { kernels }: EngineContext): () => void {
  const [from, to] = [at(step.input), at(step.output)];
  return () =>
    kernels.dequantise(
      from.address,
      from.pixels,
      from.channels,
      from.stride,
      to.address,
      to.stride,
      from.quantization.scale,
    );
}
