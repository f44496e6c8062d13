/**
 * A head: what turns an embedding into an answer of the app's own ("my voice", "my cat", "cough", or none of these). It is fitted on
 * the device from a few embeddings of each label in a fraction of a second, and saved as JSON. Multinomial logistic regression on
 * unit-length embeddings: the classifier of the few-shot curves of `frill evaluate`, which therefore foresee how good a head will be.
 */
import { InputError, ModelError } from '../errors.js';
import { Familiarity } from './familiarity.js';
import { base64OfFloats, floatsOfBase64, parseSavedHead, type SavedHead } from './saved-head.js';
import { dot, unitLength, Viewpoint } from './similarity.js';
import { softmax, softmaxRegression } from './softmax-regression.js';

/** An example to fit a head to: an embedding and its label. */
export interface Example {
  /** Embedding [embeddingSize]: the `mean` of a clip, or one window. */
  readonly embedding: Float32Array;
  /** What it is an example of. */
  readonly label: string;
  /** Name of the example, to take it away by. */
  readonly id?: string | undefined;
}

/** Options of `fitHead`. */
export interface HeadOptions {
  /** Trust in the examples, above 0: the inverse of the L2 penalty (scikit-learn's C). More fits them more closely. Default: 100. */
  readonly c?: number | undefined;
  /** Name of the model that made the embeddings, e.g. `frill.metadata?.name`: kept with the head, which fits no other. */
  readonly model?: string | undefined;
  /**
   * Share of sounds of the labels that may be taken for none of them, in [0, 0.5]: the more, the fewer strange sounds pass for one.
   * 0: every sound is one of the labels. Default: 0.05.
   */
  readonly rejects?: number | undefined;
  /** Embeddings [embeddingSize] of all sorts of other sounds by the same model, two or more, better dozens: the rejection is better with them. */
  readonly background?: readonly Float32Array[] | undefined;
}

/** A head's answer to one embedding. */
export interface Prediction {
  /** Label that is most probable. */
  readonly label: string;
  /** Whether the sound is one of the labels at all. False: none of these, whatever `label` and `probability` say. */
  readonly isKnown: boolean;
  /**
   * Share of sounds of the labels that would lie as far from their examples as this one, in [0, 1]; known are those of `rejects` or
   * more. Undefined where the head has too few examples to tell, and then everything is known.
   */
  readonly familiarity: number | undefined;
  /** Probability of `label`, in [0, 1], if the sound is one of the labels. */
  readonly probability: number;
  /** Probability of every label, in [0, 1]; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Everything that a head is made of. */
interface HeadParts {
  readonly labels: readonly string[];
  readonly embeddingSize: number;
  readonly model: string | undefined;
  readonly weights: Float32Array;
  readonly intercepts: readonly number[];
  readonly fit: Fit;
}

interface Fit {
  readonly c: number;
  readonly rejects: number;
  readonly background: readonly Float32Array[];
  readonly examples: readonly Example[];
  readonly familiarity: Familiarity;
}

/** A classifier of embeddings; `fitHead` and `loadHead` make one. Heads do not change: `with` and `without` give new ones. */
export class Head {
  readonly #parts: HeadParts;

  /** `fitHead` and `loadHead` make one. */
  constructor(parts: HeadParts) {
    this.#parts = parts;
  }

  /** Labels that it answers with, in the order of their first examples. */
  get labels(): readonly string[] {
    return this.#parts.labels;
  }
  /** Values in one embedding. */
  get embeddingSize(): number {
    return this.#parts.embeddingSize;
  }
  /** Name of the model that made the embeddings, where it was given. */
  get model(): string | undefined {
    return this.#parts.model;
  }
  /** Examples that it was fitted to. */
  get examples(): readonly Example[] {
    return this.#parts.fit.examples;
  }

  /**
   * Answers which label an embedding [embeddingSize] has, and whether it has one of them at all.
   *
   * @throws ModelError for an embedding of another size, or with values that are not finite
   */
  predict(embedding: Float32Array): Prediction {
    const { labels, embeddingSize, weights, intercepts, fit } = this.#parts;
    const input = unitLength(embedding, embeddingSize, 'embedding');
    const scores = Float64Array.from(labels, (_, k) => {
      const own = weights.subarray(k * embeddingSize, (k + 1) * embeddingSize);
      return dot(own, input) + intercepts[k];
    });
    softmax(scores);
    const best = scores.indexOf(Math.max(...scores));
    const label = labels[best];
    const familiarity = fit.familiarity.of(embedding, label);
    return {
      label,
      isKnown: familiarity === undefined || familiarity >= fit.rejects,
      familiarity,
      probability: scores[best],
      probabilities: Object.fromEntries(labels.map((name, k) => [name, scores[k]])),
    };
  }

  /** A head fitted to more examples, of these labels or new ones. Throws as `fitHead`. */
  with(examples: readonly Example[]): Head {
    return this.#refitted((own) => [...own, ...examples]);
  }

  /** A head fitted without the examples for which `isUnwanted` answers true. Throws as `fitHead`. */
  without(isUnwanted: (example: Example) => boolean): Head {
    return this.#refitted((own) => own.filter((example) => !isUnwanted(example)));
  }

  #refitted(change: (examples: readonly Example[]) => readonly Example[]): Head {
    const { fit, model } = this.#parts;
    const { c, rejects, background, examples } = fit;
    return fitHead(change(examples), { c, rejects, background, model });
  }

  /** The head for `JSON.stringify`; `loadHead` reads it back. 4 bytes a value of each label and each example, in base64. */
  toJSON(): SavedHead {
    const { labels, embeddingSize, model, weights, intercepts, fit } = this.#parts;
    const head = { labels, embeddingSize, model, weights: base64OfFloats(weights), intercepts };
    const embeddings = new Float32Array(fit.examples.length * embeddingSize);
    for (const [i, { embedding }] of fit.examples.entries()) embeddings.set(embedding, i * embeddingSize);
    return {
      kind: 'frill-head',
      format: 2,
      ...head,
      fit: {
        c: fit.c,
        rejects: fit.rejects,
        background: fit.background.length,
        examples: fit.examples.map(({ label, id }) => (id === undefined ? [label] : [label, id])),
        embeddings: base64OfFloats(embeddings),
      },
    };
  }
}

/**
 * Fits a head to examples of two labels or more; one example a label will do, but only those with a second one tell what is none
 * of the labels. Made for up to some hundreds of examples: the time grows with their square. For one label alone see `enrol`.
 * Multinomial logistic regression on unit-length embeddings, as scikit-learn defines it; the rejection is nearest-neighbour novelty
 * detection (D. Tax, "One-class classification", 2001, chapter 3).
 *
 * @throws InputError for fewer than two labels, an impossible `c` or `rejects`
 * @throws ModelError for embeddings of different sizes, or with values that are not finite
 */
export function fitHead(examples: readonly Example[], options: HeadOptions = {}): Head {
  const { c = 100, model, rejects = 0.05, background = [] } = options;
  const labels = [...new Set(examples.map(({ label }) => label))];
  if (labels.length < 2)
    throw new InputError({
      what: `${examples.length} examples have ${labels.length === 1 ? `the one label '${labels[0]}'` : 'no label'}`,
      where: 'examples',
      remedy: 'Give examples of two labels or more, one of which may be everything else',
    });
  if (!(c > 0 && Number.isFinite(c)))
    throw new InputError({
      what: `${c} is not a positive number`,
      where: 'c',
      remedy: 'Leave it out, or give 1 to 1e5',
    });
  if (!(rejects >= 0 && rejects <= 0.5))
    throw new InputError({
      what: `${rejects} is not a share in [0, 0.5]`,
      where: 'rejects',
      remedy: 'Leave it out, or give e.g. 0.1',
    });
  const embeddingSize = examples[0].embedding.length;
  const vectors = examples.map(({ embedding }, i) => unitLength(embedding, embeddingSize, `examples[${i}]`));
  const { weights, intercepts } = softmaxRegression(
    { vectors, labels: examples.map(({ label }) => labels.indexOf(label)), classes: labels.length },
    c,
  );
  const familiarity = new Familiarity(examples, new Viewpoint(embeddingSize, background));
  return new Head({
    labels,
    embeddingSize,
    model,
    weights: Float32Array.from(weights),
    intercepts: [...intercepts],
    fit: { c, rejects, background, examples: [...examples], familiarity },
  });
}

/**
 * Reads a head from what `JSON.stringify` made of one. `background` is the one that it was fitted with, if there was one.
 *
 * @throws InputError where it is no head, or another background than it was fitted with is given
 * @throws ModelError where it was fitted on embeddings of another model than `model`
 */
export function loadHead(json: string, options: Pick<HeadOptions, 'model' | 'background'> = {}): Head {
  const { model, background = [] } = options;
  const saved = parseSavedHead(json);
  if (model !== undefined && saved.model !== undefined && saved.model !== model)
    throw new ModelError({
      what: `it was fitted on embeddings of ${saved.model}, not of ${model}`,
      where: 'head',
      remedy: `Fit it again on embeddings of ${model}`,
    });
  const { labels, embeddingSize, intercepts } = saved;
  const weights = floatsOfBase64(saved.weights) ?? new Float32Array();
  const { c, rejects } = saved.fit;
  if (saved.fit.background !== background.length)
    throw new InputError({
      what: `the head was fitted with a background of ${saved.fit.background} embeddings, not ${background.length}`,
      where: 'background',
      remedy: saved.fit.background > 0 ? 'Give the same background again' : 'Leave the background out',
    });
  const embeddings = floatsOfBase64(saved.fit.embeddings) ?? new Float32Array();
  const examples = saved.fit.examples.map(([label, id], i) => {
    const embedding = embeddings.slice(i * embeddingSize, (i + 1) * embeddingSize);
    return id === undefined ? { label, embedding } : { label, embedding, id };
  });
  const familiarity = new Familiarity(examples, new Viewpoint(embeddingSize, background));
  return new Head({
    labels,
    embeddingSize,
    model: saved.model,
    weights,
    intercepts,
    fit: { c, rejects, background, examples, familiarity },
  });
}
