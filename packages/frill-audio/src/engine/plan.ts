/**
 * Where values lie: each from the step that makes it to the last that reads it, in one block of memory that is planned once.
 * Largest first, each at the lowest place that no value of the same time holds.
 */
import { numberBytes, pixelsOf, strideOf, type Value } from './layout.js';
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

export function planMemory(lowered: Lowered): Plan {
  const { values, steps, inputs, outputs } = lowered;
  const root = (value: number): number => {
    const { alias } = values[value];
    return alias === undefined ? value : root(alias);
  };
  const lives = new Map<number, { readonly value: number; born: number; died: number; bytes: number }>();
  const touch = (value: number, time: number) => {
    const key = root(value);
    const bytes = bytesOf(values[value]);
    const life = lives.get(key);
    if (life) {
      life.died = time;
      life.bytes = Math.max(life.bytes, bytes);
    } else lives.set(key, { value: key, born: time, died: time, bytes });
  };
  for (const input of inputs) touch(input, -1);
  for (const [time, step] of steps.entries()) {
    for (const operand of operandsOf(step)) touch(operand, time);
    touch(step.output, time);
  }
  for (const output of outputs) touch(output, steps.length);

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
    offsets: offsets.map((_, value) => offsets[root(value)]),
  };
}
