/**
 * Layers with parameters, named as Keras names them: `<name>/kernel`, `<name>/bias`, `<name>/BatchNorm/gamma`.
 * One object per network: it knows whether batch normalisation learns its statistics or uses them.
 */
import type { Graph, Value } from '../graph/graph.js';
import { batchNorm, batchNormTraining } from '../graph/ops/batch-norm.js';
import { conv2d } from '../graph/ops/conv2d.js';
import { dense } from '../graph/ops/dense.js';
import { depthwiseConv2d } from '../graph/ops/depthwise-conv2d.js';

/** `training`: the batch's statistics normalise, and update the running ones. `inference`: the running ones normalise. */
export type Mode = 'training' | 'inference';

/** What all layers of a network have in common. */
export interface LayerOptions {
  /** Of batch normalisation. */
  readonly epsilon: number;
  /** Of the running statistics: new = momentum * old + (1 - momentum) * batch. */
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
}

export class Layers {
  constructor(
    readonly graph: Graph,
    readonly mode: Mode,
    readonly options: LayerOptions,
  ) {}

  /** `same` convolution; no bias unless told, because batch normalisation usually follows. */
  conv2d(x: Value, name: string, options: ConvolutionOptions): Value {
    const { filters, kernel, stride = 1, bias = 'no bias' } = options;
    const channels = x.shape[3];
    const weight = this.graph.weight(`${name}/kernel`, [kernel, kernel, channels, filters], {
      kind: this.options.convolutions,
      fanIn: kernel * kernel * channels,
      fanOut: kernel * kernel * filters,
    });
    return conv2d(x, weight, { stride, bias: bias === 'bias' ? this.#bias(name, filters) : undefined });
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
    const shape = [x.shape[x.shape.length - 1]];
    const { epsilon, momentum } = this.options;
    const gamma = this.graph.weight(`${name}/BatchNorm/gamma`, shape, { kind: 'ones' });
    const beta = this.graph.weight(`${name}/BatchNorm/beta`, shape, { kind: 'zeros' });
    const mean = this.graph.statistic(`${name}/BatchNorm/moving_mean`, shape, { kind: 'zeros' });
    const variance = this.graph.statistic(`${name}/BatchNorm/moving_variance`, shape, { kind: 'ones' });
    if (this.mode === 'inference') return batchNorm(x, { gamma, beta, mean, variance }, { epsilon });
    const batch = batchNormTraining(x, gamma, beta, { epsilon });
    this.graph.statisticUpdates.push(
      { statistic: mean, batch: batch.mean, momentum },
      { statistic: variance, batch: batch.variance, momentum },
    );
    return batch.y;
  }

  /** x [N, in] -> [N, units], with bias. */
  dense(x: Value, name: string, units: number): Value {
    return dense(x, this.denseKernel(`${name}/kernel`, x.shape[1], units), this.#bias(name, units));
  }

  /** The kernel [ins, outs] of a dense layer. */
  denseKernel(name: string, ins: number, outs: number): Value {
    return this.graph.weight(name, [ins, outs], { kind: 'glorot-uniform', fanIn: ins, fanOut: outs });
  }

  #bias(name: string, length: number): Value {
    return this.graph.weight(`${name}/bias`, [length], { kind: 'zeros' });
  }
}
