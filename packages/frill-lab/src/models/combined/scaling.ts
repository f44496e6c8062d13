/**
 * How pooled parts become one embedding: each value standardised and cut off, a part's principal components in place of its values
 * where the recipe asks for them, each part scaled to length one and weighted, all joined; at last principal components of the whole.
 * The numbers are fitted by train/combine on distillation windows.
 */
import type { Part, TeacherRecipe } from './recipe.js';
import type { NetworkWriter } from './sources/source.js';

/** Directions to project on, and where their origin is. */
export interface Projection {
  /** [width] */
  readonly mean: Float32Array;
  /** [width, components], each scaled as its values shall be. */
  readonly matrix: Float32Array;
}

export interface PartScaling {
  readonly mean: Float32Array;
  /** One over the deviation; 0 for a value that is constant. */
  readonly factors: Float32Array;
  readonly projection?: Projection | undefined;
}

export interface Scaling {
  /** Scalings in the order of the recipe's parts. */
  readonly parts: readonly PartScaling[];
  readonly projection?: Projection | undefined;
}

/** Values of the embedding; `widths` are those of the pooled parts. */
export function dimensionOf({ parts, projection }: Scaling, widths: readonly number[]): number {
  if (projection) return projection.matrix.length / projection.mean.length;
  return parts.reduce(
    (sum, { projection: own }, place) => sum + (own ? own.matrix.length / own.mean.length : widths[place]),
    0,
  );
}

/** A part that is at its mean has no direction; this much keeps it finite. */
const SHORTEST = 1e-6;

/** What a part is scaled to, in plain loops: rows [n, values] of its pooled vectors. The nodes compute the same. */
export function scalePart(
  rows: Float32Array,
  { limit, length, weight }: Pick<Part, 'limit' | 'length' | 'weight'>,
  { mean, factors, projection }: PartScaling,
): Float32Array {
  const width = mean.length;
  const standard = rows.map((value, at) => {
    const deviations = (value - mean[at % width]) * factors[at % width];
    return Math.min(limit, Math.max(-limit, deviations));
  });
  const values = projection ? project(standard, projection) : standard;
  const size = projection ? projection.matrix.length / width : width;
  for (let start = 0; start < values.length; start += size) {
    let square = 0;
    for (let i = start; i < start + size; i++) square += values[i] ** 2;
    const scale = weight / (length === 'unit' ? Math.max(Math.sqrt(square), SHORTEST) : 1);
    for (let i = start; i < start + size; i++) values[i] *= scale;
  }
  return values;
}

/** Rows [n, width] on the projection's directions, [n, components]. */
export function project(rows: Float32Array, { mean, matrix }: Projection): Float32Array {
  const width = mean.length;
  const count = matrix.length / width;
  const projected = new Float32Array((rows.length / width) * count);
  const sums = new Float64Array(count);
  for (let row = 0; row * width < rows.length; row++) {
    sums.fill(0);
    for (let i = 0; i < width; i++) {
      const value = rows[row * width + i] - mean[i];
      for (let k = 0; k < count; k++) sums[k] += value * matrix[i * count + k];
    }
    projected.set(sums, row * count);
  }
  return projected;
}

/** Appends the nodes for one part; the name of its values, [N, values]. */
export function writePartScaling(
  write: NetworkWriter,
  vectors: string,
  { limit, length, weight }: Pick<Part, 'limit' | 'length' | 'weight'>,
  { mean, factors, projection }: PartScaling,
): string {
  const centred = write.node('Sub', [vectors, write.floats([mean.length], mean)]);
  const deviations = write.node('Mul', [centred, write.floats([factors.length], factors)]);
  let x = write.node('Clip', [deviations, write.scalar(-limit), write.scalar(limit)]);
  if (projection) x = writeProjection(write, x, projection);
  if (length === 'unit') {
    const size = write.node('ReduceL2', [x, write.integers(1)], { keepdims: 1 });
    x = write.node('Div', [x, write.node('Max', [size, write.scalar(SHORTEST)])]);
  }
  return weight === 1 ? x : write.node('Mul', [x, write.scalar(weight)]);
}

/** Appends the nodes for all parts of a recipe, joined; the name of the embedding. */
export function writeScaling(
  write: NetworkWriter,
  vectors: readonly string[],
  { parts }: Pick<TeacherRecipe, 'parts'>,
  scaling: Scaling,
): string {
  const scaled = vectors.map((name, place) =>
    writePartScaling(write, name, parts[place], scaling.parts[place]),
  );
  const joined = write.node('Concat', scaled, { axis: 1 });
  return scaling.projection ? writeProjection(write, joined, scaling.projection) : joined;
}

function writeProjection(write: NetworkWriter, x: string, { mean, matrix }: Projection): string {
  const width = mean.length;
  const centred = write.node('Sub', [x, write.floats([width], mean)]);
  return write.node('MatMul', [centred, write.floats([width, matrix.length / width], matrix)]);
}
