/**
 * Is this the same speaker (or machine, or bird) again? A few clips are enrolled; a new one is accepted or rejected by its
 * similarity to the mean of them. How similar is similar enough is found from a background of others, who must be rejected
 * (z-norm of speaker verification: R. Auckenthaler et al., "Score normalization for text-independent speaker verification
 * systems", 2000), or, without one, from how similar the enrolled clips are to one another.
 */
import { InputError } from '../errors.js';
import { dot, normalProbability, Viewpoint } from './similarity.js';

/** Options of `enrol`. */
export interface EnrolOptions {
  /** Embeddings [embeddingSize] of others, two or more, better dozens, by the same model. Without them the decision knows only the enrolled clips. */
  readonly background?: readonly Float32Array[] | undefined;
  /** Share of others that may be accepted, in (0, 0.5]; it counts with a background. Default: 0.01. */
  readonly falseAccepts?: number | undefined;
  /** Share of clips of the enrolled that may be rejected, in (0, 0.5]; it counts without a background. Default: 0.05. */
  readonly falseRejects?: number | undefined;
}

/** A verifier's answer to one embedding. */
export interface Verification {
  /** Whether the clip passes for the enrolled. */
  readonly isAccepted: boolean;
  /**
   * Likeness to the enrolled in standard deviations, for choosing a threshold of one's own: the larger, the more alike. With a
   * background, 0 is what others reach on average; without one, 0 is what the enrolled clips reach among themselves.
   */
  readonly score: number;
  /** Cosine to the mean of the enrolled clips, in [-1, 1]. */
  readonly similarity: number;
}

/** Fewest clips from which their similarity to one another can be told. */
const FEWEST_ALONE = 3;
/** Clips of one recording can be nearly equal; the next one is not. */
const SMALLEST_DEVIATION = 0.05;

/** Decision whether a clip is of the enrolled speaker; `enrol` makes one. */
export class Verifier {
  readonly #viewpoint: Viewpoint;
  readonly #mean: Float64Array;
  readonly #expected: { readonly mean: number; readonly deviation: number };
  readonly #threshold: number;

  /** `enrol` makes one. */
  constructor(embeddings: readonly Float32Array[], options: EnrolOptions) {
    const { background = [], falseAccepts = 0.01, falseRejects = 0.05 } = options;
    checkShare(falseAccepts, 'falseAccepts');
    checkShare(falseRejects, 'falseRejects');
    if (embeddings.length < (background.length > 0 ? 1 : FEWEST_ALONE))
      throw new InputError({
        what: `${embeddings.length} clips are too few to enrol`,
        where: 'embeddings',
        remedy: `Give ${FEWEST_ALONE} or more, or one and a background of others`,
      });
    this.#viewpoint = new Viewpoint(embeddings[0].length, background);
    const own = embeddings.map((embedding, i) => this.#viewpoint.direction(embedding, `embeddings[${i}]`));
    this.#mean = meanDirection(own);
    if (background.length > 0) {
      this.#expected = moments(this.#viewpoint.background.map((other) => dot(other, this.#mean)));
      this.#threshold = quantile(1 - falseAccepts);
    } else {
      // Each against the mean of the others, as a new clip is against the mean of all.
      const alone = own.map((one) => dot(one, meanDirection(own.filter((other) => other !== one))));
      const { mean, deviation } = moments(alone);
      this.#expected = { mean, deviation: Math.max(deviation, SMALLEST_DEVIATION) };
      this.#threshold = quantile(falseRejects);
    }
  }

  /**
   * Decides whether the clip of an embedding [embeddingSize] is of the enrolled.
   *
   * @throws ModelError for an embedding of another size, or with values that are not finite
   */
  verify(embedding: Float32Array): Verification {
    const similarity = dot(this.#viewpoint.direction(embedding, 'embedding'), this.#mean);
    const score = (similarity - this.#expected.mean) / this.#expected.deviation;
    return { isAccepted: score >= this.#threshold, score, similarity };
  }
}

/**
 * Enrols a speaker by embeddings [embeddingSize] of some clips, three or more (with a background, one will do). Source: R. Auckenthaler
 * et al., "Score normalization for text-independent speaker verification systems" (2000).
 *
 * @throws InputError for too few clips, or shares outside (0, 0.5]
 * @throws ModelError for embeddings of different sizes, or with values that are not finite
 */
export function enrol(embeddings: readonly Float32Array[], options: EnrolOptions = {}): Verifier {
  return new Verifier(embeddings, options);
}

function meanDirection(directions: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(directions[0].length);
  for (const direction of directions) for (let i = 0; i < sum.length; i++) sum[i] += direction[i];
  const length = Math.sqrt(dot(sum, sum));
  return length > 0 ? sum.map((value) => value / length) : sum;
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-6) };
}

/** The normal distribution's quantile, by bisection of its distribution function. */
function quantile(probability: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function checkShare(share: number, where: string): void {
  if (share > 0 && share <= 0.5) return;
  throw new InputError({
    what: `${share} is not a share in (0, 0.5]`,
    where,
    remedy: 'Leave it out, or give e.g. 0.02',
  });
}
