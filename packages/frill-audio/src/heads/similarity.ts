/** Embeddings as directions: what is compared is where they point, not how long they are. */
import { ModelError } from '../errors.js';

/**
 * Cosine of the angle between two embeddings [embeddingSize], in [-1, 1]: near 1 for clips that sound alike to the model. What counts as alike
 * differs from model to model; `enrol` and `fitHead` find it out from examples. 0 where one of them is all zeros.
 *
 * @throws ModelError for embeddings of different sizes, or with values that are not finite
 */
export function similarity(a: Float32Array, b: Float32Array): number {
  return dot(unitLength(a, a.length, 'a'), unitLength(b, a.length, 'b'));
}

/** The embedding divided by its length; zeros, which have no direction, stay zeros. Throws ModelError as `similarity` does. */
export function unitLength(embedding: ArrayLike<number>, size: number, where: string): Float64Array {
  if (embedding.length !== size)
    throw new ModelError({
      what: `an embedding of ${embedding.length} values where there should be ${size}`,
      where,
      remedy: 'Use the model that made the examples',
    });
  const length = Math.sqrt(dot(embedding, embedding));
  if (!Number.isFinite(length))
    throw new ModelError({
      what: 'the embedding holds NaN or infinite values',
      where,
      remedy: 'Compute it again',
    });
  return Float64Array.from(embedding, (value) => (length > 0 ? value / length : 0));
}

/** Where embeddings are seen from: the middle of a background of all sorts of sounds, or the origin. */
export class Viewpoint {
  readonly #middle: Float64Array | undefined;
  /** The background, seen from its own middle. */
  readonly background: readonly Float64Array[];

  /** Throws ModelError for a background of another size, with NaN, or of one embedding, which has no surroundings. */
  constructor(
    readonly size: number,
    background: readonly Float32Array[],
  ) {
    if (background.length === 1)
      throw new ModelError({
        what: 'a background of one embedding says nothing',
        where: 'background',
        remedy: 'Give dozens, of all sorts of sounds, or none',
      });
    const units = background.map((embedding, i) => unitLength(embedding, size, `background[${i}]`));
    if (units.length > 0) {
      const sum = new Float64Array(size);
      for (const unit of units) for (let i = 0; i < size; i++) sum[i] += unit[i];
      this.#middle = sum.map((value) => value / units.length);
    }
    this.background = units.map((unit) => this.#from(unit));
  }

  /** The direction of an embedding. Throws ModelError as `similarity` does. */
  direction(embedding: ArrayLike<number>, where: string): Float64Array {
    return this.#from(unitLength(embedding, this.size, where));
  }

  #from(unit: Float64Array): Float64Array {
    const middle = this.#middle;
    return middle === undefined
      ? unit
      : unitLength(
          unit.map((value, i) => value - middle[i]),
          this.size,
          'background',
        );
  }
}

/** The inner product. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The standard normal distribution function, to 2e-7 (Abramowitz & Stegun, formula 26.2.17). */
export function normalProbability(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) *
    t *
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));
  return z > 0 ? 1 - tail : tail;
}
