/**
 * How a head knows that a sound is none of its labels: it lies farther from the examples than they lie from one another. The
 * measure is the distance to the nearest example of a label; what is usual is found by leaving each example out in turn.
 * With a background of other sounds, what counts is whether the examples or the background are nearer.
 *
 * Source: nearest-neighbour novelty detection with a reference population, as in D. Tax, "One-class classification" (2001),
 * chapter 3; the distribution of the distances is smoothed by a Gaussian kernel of Silverman's width.
 */
import { dot, normalProbability, type Viewpoint } from './similarity.js';

/** Below this, two embeddings are the same; logarithms stay finite. */
const SMALLEST_DISTANCE = 1e-6;
/** Distances between examples that are needed to know what is usual. */
const FEWEST_DISTANCES = 3;

export class Familiarity {
  readonly #viewpoint: Viewpoint;
  /** Directions of the examples of each label. */
  readonly #examples: ReadonlyMap<string, readonly Float64Array[]>;
  /** How strange each example is to the others of its label. */
  readonly #usual: readonly number[];
  readonly #width: number;

  constructor(
    examples: readonly { readonly embedding: Float32Array; readonly label: string }[],
    viewpoint: Viewpoint,
  ) {
    const byLabel = new Map<string, Float64Array[]>();
    for (const [i, { embedding, label }] of examples.entries()) {
      const own = byLabel.get(label) ?? [];
      own.push(viewpoint.direction(embedding, `examples[${i}]`));
      byLabel.set(label, own);
    }
    this.#viewpoint = viewpoint;
    this.#examples = byLabel;
    this.#usual = [...byLabel.values()]
      .filter((own) => own.length > 1)
      .flatMap((own) =>
        own.map((one) =>
          this.#strangeness(
            one,
            own.filter((other) => other !== one),
          ),
        ),
      );
    this.#width = 1.06 * Math.max(deviation(this.#usual), 1e-3) * this.#usual.length ** -0.2;
  }

  /**
   * The share of sounds of the labels that would lie as far from their examples as this embedding does from those of `label`, in
   * [0, 1]; undefined where there are too few examples to tell: three are needed that have a second of their label.
   */
  of(embedding: Float32Array, label: string): number | undefined {
    if (this.#usual.length < FEWEST_DISTANCES) return undefined;
    const strangeness = this.#strangeness(
      this.#viewpoint.direction(embedding, 'embedding'),
      this.#examples.get(label) ?? [],
    );
    let sum = 0;
    for (const usual of this.#usual) sum += normalProbability((usual - strangeness) / this.#width);
    return sum / this.#usual.length;
  }

  /** Logarithm of the distance to the nearest example, in units of that to the nearest of the background where there is one. */
  #strangeness(direction: Float64Array, examples: readonly Float64Array[]): number {
    const { background } = this.#viewpoint;
    const near = Math.log(nearest(direction, examples));
    return background.length === 0 ? near : near - Math.log(nearest(direction, background));
  }
}

/** 1 - cosine to the most similar of the directions. */
function nearest(direction: Float64Array, directions: readonly Float64Array[]): number {
  let most = -1;
  for (const other of directions) most = Math.max(most, dot(direction, other));
  return Math.max(SMALLEST_DISTANCE, 1 - most);
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1),
  );
}
