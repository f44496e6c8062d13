/** Shifted views of an image, the raw material of convolutions that are written as matrix products. */
import type { OnnxEmitter } from './onnx-emitter.js';

/** Along one axis: start at `offset` (negative: in the zeros before the image) and take `count`, `step` apart. */
export interface Run {
  readonly offset: number;
  readonly count: number;
  readonly step: number;
}

/**
 * Slices of `image` [C, N, H, W], one for each pair of runs (rows, columns), where everything outside the image is
 * zero. Zeros are put around a slice, never around the whole image, which may be much larger.
 */
export function unfold(
  emit: OnnxEmitter,
  image: string,
  extents: readonly [rows: number, columns: number],
  runs: readonly (readonly [Run, Run])[],
): string[] {
  return runs.map(([rows, columns]) => {
    const isDense = columns.step === 1;
    const source = isDense ? image : everyFew(emit, image, extents[1], columns);
    const pair = [rows, isDense ? columns : { offset: 0, count: columns.count, step: 1 }];
    const available = [extents[0], isDense ? extents[1] : columns.count];
    const inside = pair.map((run, axis) => insideOf(run, available[axis]));
    const isWhole = pair.every(({ step }, axis) => step === 1 && inside[axis].taken === available[axis]);
    const slice = isWhole
      ? source
      : emit.node('Slice', [
          source,
          emit.integers(inside.map(({ start }) => start)),
          emit.integers(inside.map(({ end }) => end)),
          emit.integers([2, 3]),
          emit.integers(pair.map(({ step }) => step)),
        ]);
    const [before, after] = [inside.map((axis) => axis.before), inside.map((axis) => axis.after)];
    if ([...before, ...after].every((zeros) => zeros === 0)) return slice;
    return emit.node('Pad', [slice, emit.integers([0, 0, ...before, 0, 0, ...after])]);
  });
}

/**
 * Columns some way apart, zeros outside the image: a product with a constant of zeros and ones. onnxruntime takes single numbers out of
 * a row one at a time; what remains is to take rows. Nine taps of 32 images of 96 x 64 take 0.7 ms of one core, as slices 1.5.
 */
function everyFew(emit: OnnxEmitter, image: string, extent: number, { offset, count, step }: Run): string {
  const ones = new Float32Array(extent * count);
  for (let i = 0; i < count; i++) {
    const column = offset + i * step;
    if (column >= 0 && column < extent) ones[column * count + i] = 1;
  }
  return emit.matmul(image, emit.floats(ones, [extent, count]));
}

/** The part of a run that lies inside the image, and how many steps lie before and after it. */
function insideOf({ offset, count, step }: Run, extent: number) {
  const before = Math.min(count, Math.max(0, Math.ceil(-offset / step)));
  const taken = Math.max(0, Math.min(count, Math.ceil((extent - offset) / step)) - before);
  const start = Math.min(extent, Math.max(0, offset + before * step));
  const end = taken === 0 ? start : start + (taken - 1) * step + 1;
  return { before, taken, start, end, after: count - before - taken };
}

/** Tensors one after the other along an axis; a single one is itself. */
export function concatenate(emit: OnnxEmitter, tensors: readonly string[], axis: number): string {
  return tensors.length === 1 ? tensors[0] : emit.node('Concat', tensors, { axis });
}
