/** Steps bound to addresses: a list of kernel calls whose arguments are all known before the first run. */
import type { LogMelKernel } from '../frontend/definition.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import { sizeOf } from './graph.js';
import type { Kernels } from './kernel-modules.js';
import type { EngineMemory } from './memory.js';
import { planMemory } from './plan.js';
import { ACTIVATION, type Lowered, pixelStride, type Step, type StepOf } from './step.js';
import type { WeightStore } from './weights.js';

/** What a model's programs share. */
export interface Machine {
  readonly memory: EngineMemory;
  readonly kernels: Kernels;
  readonly weights: WeightStore;
  /** The front end of audio-in files. */
  logMel(parameters: FrontendParameters): LogMelKernel;
}

/** One step, ready to run. */
export interface Call {
  readonly kind: Step['kind'];
  run(): void;
}

/** A tensor of the interface in memory: rows of `columns` numbers that begin `stride` floats apart. */
export interface Port {
  readonly address: number;
  readonly size: number;
  readonly columns: number;
  readonly stride: number;
}

export class Program {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly calls: readonly Call[];
  readonly #machine: Machine;
  readonly #lowered: Lowered;
  readonly #addresses: readonly number[];

  constructor(lowered: Lowered, machine: Machine) {
    this.#machine = machine;
    this.#lowered = lowered;
    const { bytes, offsets } = planMemory(lowered);
    const block = machine.memory.reserve(bytes);
    this.#addresses = offsets.map((offset) => block + offset);
    this.inputs = lowered.inputs.map((value) => this.#port(value));
    this.outputs = lowered.outputs.map((value) => this.#port(value));
    this.calls = lowered.steps.map((step) => ({ kind: step.kind, run: this.#bind(step) }));
  }

  run(): void {
    for (const call of this.calls) call.run();
  }

  #port(value: number): Port {
    const { shape } = this.#lowered.values[value];
    const columns = shape.at(-1) ?? 1;
    return {
      address: this.#addresses[value],
      size: sizeOf(shape),
      columns,
      stride: pixelStride(columns),
    };
  }

  #bind(step: Step): () => void {
    switch (step.kind) {
      case 'convolution':
        return this.#convolution(step);
      case 'depthwise':
        return this.#depthwise(step);
      case 'average-pool':
        return this.#averagePool(step);
      case 'max-pool':
        return this.#maxPool(step);
      case 'scale':
        return this.#scale(step);
      case 'add':
      case 'multiply':
        return this.#elementwise(step);
      case 'normalise':
        return this.#normalise(step);
      case 'pad':
        return this.#pad(step);
      case 'repack':
        return this.#repack(step);
      case 'log-mel':
        return this.#logMel(step);
    }
  }

  #convolution(step: StepOf<'convolution'>): () => void {
    const { kernels, weights } = this.#machine;
    const { window, kernel } = step;
    const [outs, , , channels] = kernel.shape;
    const [from, to] = [this.#shape(step.input), this.#shape(step.output)];
    const stride = pixelStride(from.at(-1) ?? 1);
    const outStride = pixelStride(outs);
    const layout = { outs, taps: window.rows * window.columns, channels, stride };
    const { address, isInt8 } = weights.panels(kernel, step.bias, layout);
    const run = isInt8 ? kernels.convolutionInt8Weights : kernels.convolution;
    const activation = ACTIVATION[step.activation];
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    const residual = step.residual === undefined ? 0 : this.#addresses[step.residual];

    const isPointwise =
      window.rows * window.columns === 1 && window.strideRows === 1 && window.strideColumns === 1;
    if (isPointwise) {
      const pixels = sizeOf(to) / outs;
      const pixel = stride * 4;
      return () =>
        run(input, 1, 0, pixels, pixel, 1, 0, stride, address, outStride, output, residual, activation);
    }
    const [images, inRows, inColumns] = from;
    const [, outRows, outColumns] = to;
    const row = inColumns * stride * 4;
    const rowStep = window.strideRows * row;
    const pixelStep = window.strideColumns * stride * 4;
    const length = window.columns * stride;
    const outImage = outRows * outColumns * outStride * 4;
    return () => {
      for (let image = 0; image < images; image++)
        run(
          input + image * inRows * row,
          outRows,
          rowStep,
          outColumns,
          pixelStep,
          window.rows,
          row,
          length,
          address,
          outStride,
          output + image * outImage,
          residual && residual + image * outImage,
          activation,
        );
    };
  }

  #depthwise(step: StepOf<'depthwise'>): () => void {
    const { kernels, weights } = this.#machine;
    const { window } = step;
    const { images, rows, columns, stride, image } = this.#image(step.input);
    const to = this.#image(step.output);
    const address = weights.depthwise(step.kernel, step.bias, stride);
    const activation = ACTIVATION[step.activation];
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    return () => {
      for (let i = 0; i < images; i++)
        kernels.depthwise(
          input + i * image,
          rows,
          columns,
          stride,
          window.rows,
          window.columns,
          window.strideRows,
          window.strideColumns,
          window.top,
          window.left,
          address,
          output + i * to.image,
          to.rows,
          to.columns,
          activation,
        );
    };
  }

  #averagePool(step: StepOf<'average-pool'>): () => void {
    const { kernels } = this.#machine;
    const { images, rows, columns, stride, image } = this.#image(step.input);
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    return () => {
      for (let i = 0; i < images; i++)
        kernels.averagePool(input + i * image, rows * columns, stride, output + i * stride * 4);
    };
  }

  #maxPool(step: StepOf<'max-pool'>): () => void {
    const { kernels } = this.#machine;
    const { window } = step;
    const { images, rows, columns, stride, image } = this.#image(step.input);
    const to = this.#image(step.output);
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    return () => {
      for (let i = 0; i < images; i++)
        kernels.maxPool(
          input + i * image,
          rows,
          columns,
          stride,
          window.rows,
          window.columns,
          window.strideRows,
          window.strideColumns,
          window.top,
          window.left,
          output + i * to.image,
          to.rows,
          to.columns,
        );
    };
  }

  #scale(step: StepOf<'scale'>): () => void {
    const { kernels } = this.#machine;
    const { images, rows, columns, stride, image } = this.#image(step.input);
    const input = this.#addresses[step.input];
    const gate = this.#addresses[step.gate];
    const output = this.#addresses[step.output];
    return () => {
      for (let i = 0; i < images; i++)
        kernels.scaleChannels(
          input + i * image,
          rows * columns,
          stride,
          gate + i * stride * 4,
          output + i * image,
        );
    };
  }

  #elementwise(step: StepOf<'add' | 'multiply'>): () => void {
    const { kernels, weights } = this.#machine;
    const run = step.kind === 'add' ? kernels.add : kernels.multiply;
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    const activation = ACTIVATION[step.activation];
    const shape = this.#shape(step.input);
    const stride = pixelStride(shape.at(-1) ?? 1);
    const count = Math.ceil(((sizeOf(shape) / (shape.at(-1) ?? 1)) * stride) / 4) * 4;
    if (typeof step.other === 'number') {
      const other = this.#addresses[step.other];
      return () => run(input, other, count, count, output, activation);
    }
    const period = step.other.length === 1 ? 4 : stride;
    const repeated = new Float32Array(period);
    if (step.other.length === 1) repeated.fill(step.other[0]);
    else repeated.set(step.other);
    const other = weights.numbers(repeated);
    return () => run(input, other, count, period, output, activation);
  }

  #normalise(step: StepOf<'normalise'>): () => void {
    const { kernels } = this.#machine;
    const { size, columns, stride } = this.#port(step.input);
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    return () => kernels.normaliseRows(input, size / columns, stride, output);
  }

  #pad(step: StepOf<'pad'>): () => void {
    const { kernels } = this.#machine;
    const { images, rows, columns, stride, image } = this.#image(step.input);
    const to = this.#image(step.output);
    const input = this.#addresses[step.input];
    const output = this.#addresses[step.output];
    return () => {
      for (let i = 0; i < images; i++)
        kernels.pad(
          input + i * image,
          rows,
          columns * stride,
          step.top,
          step.left * stride,
          output + i * to.image,
          to.rows,
          to.columns * stride,
        );
    };
  }

  #repack(step: StepOf<'repack'>): () => void {
    const { kernels } = this.#machine;
    const [from, to] = [this.#port(step.input), this.#port(step.output)];
    return () =>
      kernels.repack(from.address, from.size, from.columns, from.stride, to.address, to.columns, to.stride);
  }

  #logMel(step: StepOf<'log-mel'>): () => void {
    const { memory, logMel } = this.#machine;
    const { parameters } = step;
    const kernel = logMel(parameters);
    const [from, to] = [this.#port(step.input), this.#port(step.output)];
    return () =>
      kernel.compute(
        memory.floats(from.address, from.size),
        parameters.frames,
        memory.floats(to.address, to.size),
      );
  }

  #shape(value: number): readonly number[] {
    return this.#lowered.values[value].shape;
  }

  /** An image batch in memory; `image` is the bytes of one. */
  #image(value: number) {
    const [images, rows, columns, channels] = this.#shape(value);
    const stride = pixelStride(channels);
    return { images, rows, columns, stride, image: rows * columns * stride * 4 };
  }
}
