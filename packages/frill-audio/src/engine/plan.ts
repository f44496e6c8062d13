/**
 * Where values lie: each from the step that makes it to the last that reads it, in one block of memory that is planned once.
 * Largest first, each at the lowest place that no value of the same time holds.
 */
import { numberBytes, pixelsOf, rootOf, strideOf, type Value } from './layout.js';
import { type Lowered, operandsOf } from './step.js';

export interface Plan {
  /** Bytes of the block. */
  readonly bytes: number;
  /** Offset of each value in bytes; -1 for constants and what is never made. */
  readonly offsets: readonly number[];
}

const ALIGNMENT = 64;

function bytesOf(value: Value): number {
  return Math.ceil((pixelsOf(value) * strideOf(value) * numberBytes(value)) / ALIGNMENT) * ALIGNMENT;
}

/**
 * Steps before `split` run for one window after another: what they share with the rest of the batch, `shared`, takes the room of `whole`
 * and lives from the beginning to the end of them.
 */
export function planMemory(
  lowered: Lowered,
  shared: ReadonlySet<number> = new Set(),
  split = 0,
  whole: readonly Value[] = lowered.values,
): Plan {
  const { values, steps, inputs, outputs } = lowered;
  const lives = new Map<number, { readonly value: number; born: number; died: number; bytes: number }>();
  const touch = (value: number, time: number) => {
    const key = rootOf(values, value);
    const bytes = bytesOf(shared.has(value) ? whole[value] : values[value]);
    const life = lives.get(key);
    if (life) {
      life.born = Math.min(life.born, time);
      life.died = Math.max(life.died, time);
      life.bytes = Math.max(life.bytes, bytes);
    } else lives.set(key, { value: key, born: time, died: time, bytes });
  };
  for (const input of inputs) touch(input, -1);
  for (const [time, step] of steps.entries()) {
    for (const operand of operandsOf(step)) touch(operand, time);
    touch(step.output, time);
  }
  for (const output of outputs) touch(output, steps.length);
  for (const value of shared) for (const time of [-1, split]) touch(value, time);

  const placed: {
    readonly born: number;
    readonly died: number;
    readonly from: number;
    readonly to: number;
  }[] = [];
  const offsets = new Array<number>(values.length).fill(-1);
  for (const { value, born, died, bytes } of [...lives.values()].sort((a, b) => b.bytes - a.bytes)) {
    const rivals = placed
      .filter((other) => other.born <= died && born <= other.died)
      .sort((a, b) => a.from - b.from);
    let from = 0;
    for (const rival of rivals) {
      if (from + bytes <= rival.from) break;
      from = Math.max(from, rival.to);
    }
    placed.push({ born, died, from, to: from + bytes });
    offsets[value] = from;
  }
  return {
    bytes: placed.reduce((most, { to }) => Math.max(most, to), 0),
    offsets: offsets.map((_, value) => offsets[rootOf(values, value)]),
  };
}
