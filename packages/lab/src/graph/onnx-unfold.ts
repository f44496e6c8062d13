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
 * zero. The slices of one call share one padded copy.
 */
export function unfold(
  emit: OnnxEmitter,
  image: string,
  [rows, columns]: readonly [number, number],
  runs: readonly (readonly [Run, Run])[],
): string[] {
  const margin = (axis: 0 | 1, extent: number) => {
    const before = Math.max(0, ...runs.map((run) => -run[axis].offset));
    const ends = runs.map((run) => run[axis].offset + (run[axis].count - 1) * run[axis].step + 1);
    return { before, after: Math.max(0, Math.max(...ends) - extent) };
  };
  const [tall, wide] = [margin(0, rows), margin(1, columns)];
  const margins = [tall.before, wide.before, tall.after, wide.after];
  const padded = margins.every((margin) => margin === 0)
    ? image
    : emit.node('Pad', [image, emit.integers([0, 0, ...margins.slice(0, 2), 0, 0, ...margins.slice(2)])]);
  const extents = [rows + tall.before + tall.after, columns + wide.before + wide.after];
  return runs.map((run) => {
    const starts = [run[0].offset + tall.before, run[1].offset + wide.before];
    const ends = starts.map((start, axis) => start + (run[axis].count - 1) * run[axis].step + 1);
    const whole = run.every(
      ({ step }, axis) => step === 1 && starts[axis] === 0 && ends[axis] === extents[axis],
    );
    if (whole) return padded;
    const steps = run.map(({ step }) => step);
    return emit.node('Slice', [
      padded,
      emit.integers(starts),
      emit.integers(ends),
      emit.integers([2, 3]),
      emit.integers(steps),
    ]);
  });
}

/** Tensors one after the other along an axis; a single one is itself. */
export function concatenate(emit: OnnxEmitter, tensors: readonly string[], axis: number): string {
  return tensors.length === 1 ? tensors[0] : emit.node('Concat', tensors, { axis });
}
