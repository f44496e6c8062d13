/**
 * What the engine does, one kernel after another: the operators of a subgraph after activations, sums and unpacking have moved
 * into the layers they belong to. Values are numbered; see `Lowered`.
 */
import type { LogMelKernel } from '../frontend/definition.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import type { GraphTensor } from './graph.js';
import type { Value } from './layout.js';

/**
 * Applied to what a kernel computed, before it is stored. Numbers are those of kernels/engine/arithmetic.ts. `SWISH` is hard swish
 * without its 1/6, as int8 files have it.
 */
export const ACTIVATION = { NONE: 0, RELU: 1, RELU6: 2, HARD_SWISH: 3, SWISH: 4 } as const;
export type Activation = keyof typeof ACTIVATION;

/** The window that a convolution or a pooling slides over an image of NHWC. */
export interface SlidingWindow {
  readonly rows: number;
  readonly columns: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  /** Rows and columns that the window begins before the image. */
  readonly top: number;
  readonly left: number;
}

export function isPointwise({ rows, columns, strideRows, strideColumns }: SlidingWindow): boolean {
  return rows * columns * strideRows * strideColumns === 1;
}

/** Channels on both sides of a convolution's or a dense layer's kernel. */
export function sidesOf({ shape }: GraphTensor): { readonly outs: number; readonly channels: number } {
  return { outs: shape[0], channels: shape[shape.length - 1] };
}

interface Layer {
  readonly input: number;
  readonly output: number;
  /** A constant: float32, or float16 or int8 with scales by output channel. */
  readonly kernel: GraphTensor;
  readonly bias: GraphTensor | undefined;
  readonly activation: Activation;
}

export type Step =
  /** Kernel [outs, rows, columns, ins]; a dense layer, [outs, ins], is one with a window of one pixel. */
  | (Layer & {
      readonly kind: 'convolution';
      readonly window: SlidingWindow;
      /** A value of the output's shape that is added before the activation. */
      readonly residual: number | undefined;
      /** Whether the input is in rows of codes, as `quantise-rows` makes them. Only where the kernel is int8, and the result float32. */
      readonly ofCodes: boolean;
    })
  /** Kernel [1, rows, columns, channels]. */
  | (Layer & { readonly kind: 'depthwise'; readonly window: SlidingWindow })
  /** [N, H, W, C] -> [N, 1, 1, C] */
  | { readonly kind: 'average-pool'; readonly input: number; readonly output: number }
  | {
      readonly kind: 'max-pool';
      readonly input: number;
      readonly output: number;
      readonly window: SlidingWindow;
    }
  /** [N, H, W, C] times [N, 1, 1, C] */
  | { readonly kind: 'scale'; readonly input: number; readonly gate: number; readonly output: number }
  | {
      readonly kind: 'add' | 'multiply';
      readonly input: number;
      /** A value of the same shape, or numbers: one for each channel, or one for all. */
      readonly other: number | Float32Array;
      readonly output: number;
      readonly activation: Activation;
    }
  /** Rows of the last axis to length 1. */
  | { readonly kind: 'normalise'; readonly input: number; readonly output: number }
  /** Zeros around an image. */
  | {
      readonly kind: 'pad';
      readonly input: number;
      readonly output: number;
      readonly top: number;
      readonly left: number;
    }
  /** float32 to int8 codes with the output's scale. */
  | { readonly kind: 'quantise'; readonly input: number; readonly output: number }
  /**
   * float32 to int16 codes, row by row, in a unit of each row's own, which lies in front of its codes: the output counts as
   * float32 and has one number for the unit and one for each two codes. The largest magnitude of a row becomes `limit`.
   */
  | {
      readonly kind: 'quantise-rows';
      readonly input: number;
      readonly output: number;
      readonly limit: number;
    }
  | { readonly kind: 'dequantise'; readonly input: number; readonly output: number }
  /** The same numbers under another last axis. */
  | { readonly kind: 'repack'; readonly input: number; readonly output: number }
  /** One window of samples -> its log-mel, by the front end's own kernel. */
  | {
      readonly kind: 'log-mel';
      readonly input: number;
      readonly output: number;
      readonly parameters: FrontendParameters;
      readonly logMel: LogMelKernel;
    };

export type StepOf<Kind extends Step['kind']> = Extract<Step, { readonly kind: Kind }>;

/** A subgraph as steps. */
export interface Lowered {
  readonly values: readonly Value[];
  readonly steps: readonly Step[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** What a step reads. */
export function operandsOf(step: Step): number[] {
  switch (step.kind) {
    case 'convolution':
      return step.residual === undefined ? [step.input] : [step.input, step.residual];
    case 'scale':
      return [step.input, step.gate];
    case 'add':
    case 'multiply':
      return typeof step.other === 'number' ? [step.input, step.other] : [step.input];
    default:
      return [step.input];
  }
}
