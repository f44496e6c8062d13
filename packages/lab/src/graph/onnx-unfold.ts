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
  return runs.map((pair) => {
    const inside = pair.map((run, axis) => insideOf(run, extents[axis]));
    const isWhole = pair.every(({ step }, axis) => step === 1 && inside[axis].taken === extents[axis]);
    const slice = isWhole
      ? image
      : emit.node('Slice', [
          image,
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
