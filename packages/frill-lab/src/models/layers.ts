/**
 * Layers with parameters, named as Keras names them: `<name>/kernel`, `<name>/bias`, `<name>/BatchNorm/gamma`.
 * One object per network: it knows whether batch normalisation learns its statistics or uses them.
 */
import type { Graph, Value } from '../graph/graph.js';
import { batchNorm, batchNormTraining } from '../graph/ops/batch-norm.js';
import { conv2d } from '../graph/ops/conv2d.js';
import { dense } from '../graph/ops/dense.js';
import { depthwiseConv2d } from '../graph/ops/depthwise-conv2d.js';
import { normalisedConv2d } from '../graph/ops/normalised-conv2d.js';
import { standardise } from '../graph/ops/standardise.js';
import { resolvePadding } from '../graph/sliding-window.js';

/** `training`: the batch's statistics normalise, and update the running ones. `inference`: the running ones normalise. */
export type Mode = 'training' | 'inference';

/** Names of the input's mean and deviation, which are measured before training. */
export const STANDARDISATION = { mean: 'standardise/mean', deviation: 'standardise/deviation' } as const;

/** What all layers of a network have in common. */
export interface LayerOptions {
  /** Number that batch normalisation adds to the variance. */
  readonly epsilon: number;
  /** Momentum of the running statistics: new = momentum * old + (1 - momentum) * batch. */
  readonly momentum: number;
  /** How kernels of convolutions start. */
  readonly convolutions: 'glorot-uniform' | 'he-normal';
}

interface ConvolutionOptions {
  readonly filters: number;
  /** Rows and columns of the kernel. */
  readonly kernel: number;
  readonly stride?: number;
  readonly bias?: 'bias' | 'no bias';
  readonly padding?: 'same' | 'valid';
}

/** Parameters of batch normalisation, each [C]. */
interface Normalisation {
  readonly gamma: Value;
  readonly beta: Value;
  readonly mean: Value;
  readonly variance: Value;
}

export class Layers {
  constructor(
    readonly graph: Graph,
    readonly mode: Mode,
    readonly options: LayerOptions,
  ) {}

  /** `same` convolution without a bias, unless told. */
  conv2d(x: Value, name: string, options: ConvolutionOptions): Value {
    const { stride = 1, filters, padding = 'same' } = options;
    const kernel = this.#kernel(x, name, options);
    const bias = options.bias === 'bias' ? this.#bias(name, filters) : undefined;
    return conv2d(x, kernel, { stride, padding, bias });
  }

  /**
   * The first layers of a network: the input less the training features' mean, over their deviation; then `same`
   * convolution and batch normalisation. Exported, they are one convolution; see ops/standardise.ts.
   */
  standardisedConv2d(x: Value, name: string, options: Omit<ConvolutionOptions, 'bias' | 'padding'>): Value {
    const { kernel, stride = 1 } = options;
    const mean = this.graph.statistic(STANDARDISATION.mean, [], { kind: 'zeros' });
    const deviation = this.graph.statistic(STANDARDISATION.deviation, [], { kind: 'ones' });
    const margins = resolvePadding(x.shape, [kernel, kernel], stride, 'same');
    const standard = standardise(x, mean, deviation, margins);
    return this.normalisedConv2d(standard, name, { ...options, padding: 'valid' });
  }

  /** Convolution without bias, `same` unless told, then batch normalisation. */
  normalisedConv2d(x: Value, name: string, options: Omit<ConvolutionOptions, 'bias'>): Value {
    const { stride = 1, filters, kernel, padding = 'same' } = options;
    const isWidening = kernel * kernel * x.shape[3] <= filters;
    if (this.mode === 'inference' || !isWidening) return this.batchNorm(this.conv2d(x, name, options), name);
    const weight = this.#kernel(x, name, options);
    const normalisation = this.#normalisation(name, filters);
    const { epsilon } = this.options;
    return this.#learning(
      normalisation,
      normalisedConv2d(x, weight, normalisation, { stride, padding, epsilon }),
    );
  }

  /** `same` depthwise convolution without bias. */
  depthwiseConv2d(x: Value, name: string, { kernel, stride }: { kernel: number; stride: number }): Value {
    const channels = x.shape[3];
    const weight = this.graph.weight(`${name}/depthwise_kernel`, [kernel, kernel, channels, 1], {
      // Keras computes the fans from the shape as if the last two axes were in and out.
      kind: 'glorot-uniform',
      fanIn: kernel * kernel * channels,
      fanOut: kernel * kernel,
    });
    return depthwiseConv2d(x, weight, { stride });
  }

  batchNorm(x: Value, name: string): Value {
    const normalisation = this.#normalisation(name, x.shape[x.shape.length - 1]);
    const { gamma, beta } = normalisation;
    const { epsilon } = this.options;
    if (this.mode === 'inference') return batchNorm(x, normalisation, { epsilon });
    return this.#learning(normalisation, batchNormTraining(x, gamma, beta, { epsilon }));
  }

  /** x [N, in] -> [N, units], with bias. */
  dense(x: Value, name: string, units: number): Value {
    return dense(x, this.denseKernel(`${name}/kernel`, x.shape[1], units), this.#bias(name, units));
  }

  /** The kernel [ins, outs] of a dense layer. */
  denseKernel(name: string, ins: number, outs: number): Value {
    return this.graph.weight(name, [ins, outs], { kind: 'glorot-uniform', fanIn: ins, fanOut: outs });
  }

  #kernel(x: Value, name: string, { filters, kernel }: ConvolutionOptions): Value {
    const channels = x.shape[3];
    return this.graph.weight(`${name}/kernel`, [kernel, kernel, channels, filters], {
      kind: this.options.convolutions,
      fanIn: kernel * kernel * channels,
      fanOut: kernel * kernel * filters,
    });
  }

  #normalisation(name: string, channels: number): Normalisation {
    return {
      gamma: this.graph.weight(`${name}/BatchNorm/gamma`, [channels], { kind: 'ones' }),
      beta: this.graph.weight(`${name}/BatchNorm/beta`, [channels], { kind: 'zeros' }),
      mean: this.graph.statistic(`${name}/BatchNorm/moving_mean`, [channels], { kind: 'zeros' }),
      variance: this.graph.statistic(`${name}/BatchNorm/moving_variance`, [channels], { kind: 'ones' }),
    };
  }

  /** The batch's statistics are to move the running ones. */
  #learning(running: Normalisation, batch: { y: Value; mean: Value; variance: Value }): Value {
    const { momentum } = this.options;
    this.graph.statisticUpdates.push(
      { statistic: running.mean, batch: batch.mean, momentum },
      { statistic: running.variance, batch: batch.variance, mean: batch.mean, momentum },
    );
    return batch.y;
  }

  #bias(name: string, length: number): Value {
    return this.graph.weight(`${name}/bias`, [length], { kind: 'zeros' });
  }
}
