/** What elementwise operations share when they are written as ONNX: one layout for all operands, and stretching. */
import { broadcastOf } from './broadcast.js';
import type { Node, Value } from './graph.js';
import { channelsShape, type OnnxEmitter, type ValueLayout } from './onnx-emitter.js';

/**
 * Values of one shape in one layout: `channels` as soon as one of them lies so, because images do, and they
 * are what is expensive to transpose.
 */
export function inOneLayout(
  emit: OnnxEmitter,
  values: readonly Value[],
): { readonly layout: ValueLayout; readonly tensors: readonly string[] } {
  const layout = values.some((value) => emit.layout(value) === 'channels') ? 'channels' : 'logical';
  return { layout, tensors: values.map((value) => emit[layout](value)) };
}

/** A node of one output, computed from its inputs element by element; all have one shape. */
export function emitElementwise(
  emit: OnnxEmitter,
  { inputs, outputs: [y] }: Node,
  write: (...tensors: string[]) => string,
): void {
  const { layout, tensors } = inOneLayout(emit, inputs);
  emit.define(y, write(...tensors), layout);
}

/** `a op b`, where b may be smaller as told in `broadcast.ts`. */
export function emitBinary(
  emit: OnnxEmitter,
  { op: { name }, inputs: [a, b], outputs: [y] }: Node,
  op: 'Add' | 'Sub' | 'Mul',
): void {
  const kind = broadcastOf(name, a.shape, b.shape);
  const layout = kind === 'same' ? inOneLayout(emit, [a, b]).layout : emit.layout(a);
  if (kind === 'gate' && layout === 'channels') {
    const [channels, positions] = channelsShape(a.shape);
    const batch = a.shape[0];
    const extent = positions / batch;
    if (extent <= SMALL_MAP) {
      const gate = emit.reshape(emitSpread(emit, emit.channels(b), extent, 1), [channels, positions]);
      emit.define(y, emit.node(op, [emit.channels(a), gate]), 'channels');
      return;
    }
    const image = emit.reshape(emit.channels(a), [channels, batch, extent]);
    const gate = emit.reshape(emit.channels(b), [channels, batch, 1]);
    emit.define(y, emit.reshape(emit.node(op, [image, gate]), [channels, positions]), 'channels');
  } else {
    // A scalar stretches over anything; a vector [C] over the last axis, and as [C, 1] over a matrix's rows.
    const small = kind === 'scalar' ? emit.logical(b) : emit[layout](b);
    emit.define(y, emit.node(op, [emit[layout](a), small]), layout);
  }
}

/** Positions up to which a gate is spread over its map first: onnxruntime stretches an operand one short run at a time. */
const SMALL_MAP = 32;

/**
 * `scale` times each element of a tensor, `extent` times side by side: [elements, extent]. A product with a row of equal
 * numbers; for 576 x 32 elements six times takes 0.07 ms of one core, where Expand takes 0.4.
 */
export function emitSpread(emit: OnnxEmitter, tensor: string, extent: number, scale: number): string {
  const row = emit.floats(new Float32Array(extent).fill(scale), [1, extent]);
  return emit.matmul(emit.reshape(tensor, [-1, 1]), row);
}

/** 1 where the tensor is positive, else 0: a clipped line too steep to see, several times cheaper than a comparison. */
export function stepMask(emit: OnnxEmitter, tensor: string): string {
  return emit.node('HardSigmoid', [tensor], { alpha: { float: 1e30 }, beta: { float: 0 } });
}

/** 1 where |tensor| < limit, else 0. */
export function insideMask(emit: OnnxEmitter, tensor: string, limit: number): string {
  const magnitude = emit.node('Abs', [tensor]);
  return emit.node('HardSigmoid', [magnitude], { alpha: { float: -1e30 }, beta: { float: limit * 1e30 } });
}
