/**
 * What the project knows about one operation. Each file of `graph/ops` holds one: its shapes, its definition
 * in plain loops, its backward pass, and how each target writes it. The reference engine runs `reference`;
 * every other engine and file format is tested against that.
 */
import type { Shape, Tensor } from '../tensor/tensor.js';
import type { Node, Value } from './graph.js';
import type { OnnxEmitter } from './onnx-emitter.js';
import type { TfliteEmitter } from './tflite-emitter.js';

export interface Op<Attributes = unknown> {
  /** The file's stem: `depthwise-conv2d`. */
  readonly name: string;

  /** Output shapes from input shapes. Throws `ShapeError` with the op's name and the operands' shapes. */
  shape(inputs: readonly Shape[], attributes: Attributes): readonly Shape[];

  /** The definition: float64, plain loops, straight from the textbook. */
  reference(inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[];

  /**
   * The backward pass as nodes of the same graph: for the gradients of the outputs (null where nothing depends on
   * one), the gradient of each input, or null where none is needed or the operation is constant there.
   * Absent for operations that only occur in backward passes.
   */
  gradient?(node: Node<Attributes>, upstream: readonly (Value | null)[]): readonly (Value | null)[];

  /** Multiplications with accumulation in one forward pass; absent where there are none to speak of. */
  multiplyAccumulates?(node: Node<Attributes>): number;

  /** The fast formulation for onnxruntime. */
  onnx(emit: OnnxEmitter, node: Node<Attributes>): void;

  /** How it is written to a .tflite file; absent where it never deploys. */
  tflite?(emit: TfliteEmitter, node: Node<Attributes>): void;
}

/** Operands that do not fit. */
export class ShapeError extends Error {
  constructor(op: string, reason: string, shapes: readonly Shape[]) {
    super(`${op}: ${reason}; operands ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' ')}`);
    this.name = 'ShapeError';
  }
}
