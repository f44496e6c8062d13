/**
 * Makes batches faster by using the cache: the first layers compute one window of the batch after another, the last ones all windows
 * at once. Early layers have large maps and few weights: the maps of one window stay in the cache from layer to layer, those of a whole
 * batch would not. Late layers have small maps and many weights, which are then read once for the whole batch.
 */
import { sizeOf } from './graph.js';
import { rootOf, type Value } from './layout.js';
import { type Lowered, operandsOf } from './step.js';

/** Maps of fewer pixels are computed for the whole batch. */
const LEAST_PIXELS = 48;

export interface WindowByWindow {
  /** Number of windows in the batch; 0 where no step is run for each. */
  readonly windows: number;
  /** The steps before this one are run for each window. */
  readonly split: number;
  /** Values as those steps see them: of one window. */
  readonly single: readonly Value[];
  /** Values that exist for the whole batch, and that those steps read or make. */
  readonly shared: ReadonlySet<number>;
}

export function windowByWindow({ values, steps, inputs, outputs }: Lowered): WindowByWindow {
  const [windows] = values[inputs[0]]?.shape ?? [1];
  const isEarly = steps.map(({ input, output }) =>
    [input, output].every((value) => values[value].shape.length === 4 && values[value].shape[0] === windows),
  );
  const pixels = steps.map(({ input }) => sizeOf(values[input].shape.slice(1, 3)));
  // The last step on a large map, and all before it.
  const last = pixels.findLastIndex((count) => count >= LEAST_PIXELS);
  const split = windows > 1 && isEarly.slice(0, last + 1).every(Boolean) ? last + 1 : 0;
  const early = new Set<number>(steps.slice(0, split).flatMap((step) => [...operandsOf(step), step.output]));
  const late = [...steps.slice(split).flatMap((step) => operandsOf(step)), ...outputs, ...inputs];
  const kept = new Set(late.map((value) => rootOf(values, value)));
  const shared = new Set([...early].filter((value) => kept.has(rootOf(values, value))));
  const single = values.map((value, index) =>
    early.has(index) ? { ...value, shape: [1, ...value.shape.slice(1)] } : value,
  );
  return { windows: split > 0 ? windows : 0, split, single, shared };
}
