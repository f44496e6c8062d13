/**
 * Makes the target of a distillation as narrow as the student, where the student has no head and its embedding itself predicts the
 * teacher's values: the first values alone are kept. A teacher of principal components gives the most important first.
 */
import type { Batch, RowSource } from './batches.js';
import type { DistillationRows } from './distillation-rows.js';

/** The same rows with targets of `width` values, at most as many as there are. */
export function firstValues(data: DistillationRows, width: number): DistillationRows {
  const { targets, batches } = data;
  if (width === targets.width) return data;
  const whole = (rows: number) => new Float32Array(rows * targets.width);
  const first = (from: Float32Array, into: Float32Array) => {
    for (let row = 0; row * targets.width < from.length; row++)
      into.set(from.subarray(row * targets.width, row * targets.width + width), row * width);
    return into;
  };
  const read: RowSource['read'] = async (rows, into) => {
    const values = whole(rows.length);
    await targets.read(rows, values);
    first(values, into);
  };
  return {
    ...data,
    targets: { ...targets, width, read },
    ...(batches && {
      batches: async function* (stream): AsyncGenerator<Batch> {
        for await (const [features, values] of batches(stream))
          yield [features, first(values, new Float32Array(stream.batch * width))];
      },
    }),
  };
}
