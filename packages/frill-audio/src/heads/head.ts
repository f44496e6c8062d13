/**
 * A head: what turns an embedding into an answer of the app's own ("my voice", "my cat", "cough"). It is fitted on the device from a few
 * embeddings of each label in a fraction of a second, and saved as a small JSON. Multinomial logistic regression on unit-length embeddings:
 * the classifier of the few-shot curves of `frill evaluate`, which therefore foresee how good a head will be.
 */
import { InputError, ModelError } from '../errors.js';
import { dot, softmax, softmaxRegression } from './softmax-regression.js';

/** An embedding (the `mean` of a clip, or one window) and what it is an example of. */
export interface Example {
  readonly embedding: Float32Array;
  readonly label: string;
}

export interface HeadOptions {
  /** Trust in the examples: the inverse of the L2 penalty (scikit-learn's C). More fits them more closely. Default: 100. */
  readonly c?: number;
  /** What made the embeddings, e.g. `frill.metadata?.name`: kept with the head, which fits no other. */
  readonly model?: string | undefined;
}

export interface Prediction {
  /** The most probable label. */
  readonly label: string;
  /** Of that label, in [0, 1]. */
  readonly probability: number;
  /** Of every label; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** A head as JSON; `weights` are little-endian float32 [labels, embeddingSize] in base64. */
export interface SavedHead {
  readonly format: 1;
  readonly kind: 'frill-head';
  readonly model?: string | undefined;
  readonly labels: readonly string[];
  readonly embeddingSize: number;
  readonly weights: string;
  readonly intercepts: readonly number[];
}

export class Head {
  readonly #weights: Float32Array;
  readonly #intercepts: readonly number[];

  /** `fitHead` and `loadHead` make one. `weights` are [labels, embeddingSize]. */
  constructor(
    /** In the order of their first examples. */
    readonly labels: readonly string[],
    readonly embeddingSize: number,
    weights: Float32Array,
    intercepts: readonly number[],
    /** What made the embeddings, where that was said. */
    readonly model: string | undefined,
  ) {
    this.#weights = weights;
    this.#intercepts = intercepts;
  }

  /** @throws ModelError for an embedding of another size, or with values that are not finite */
  predict(embedding: Float32Array): Prediction {
    const input = unitLength(embedding, this.embeddingSize, 'embedding');
    const scores = Float64Array.from(this.labels, (_, k) => {
      const own = this.#weights.subarray(k * this.embeddingSize, (k + 1) * this.embeddingSize);
      return dot(own, input) + this.#intercepts[k];
    });
    softmax(scores);
    const best = scores.indexOf(Math.max(...scores));
    return {
      label: this.labels[best],
      probability: scores[best],
      probabilities: Object.fromEntries(this.labels.map((label, k) => [label, scores[k]])),
    };
  }

  /** For `JSON.stringify`; `loadHead` reads it back. */
  toJSON(): SavedHead {
    return {
      format: 1,
      kind: 'frill-head',
      model: this.model,
      labels: this.labels,
      embeddingSize: this.embeddingSize,
      weights: toBase64(this.#weights),
      intercepts: this.#intercepts,
    };
  }
}

/**
 * Fits a head to examples of two labels or more; one example a label will do. Made for up to some hundreds of examples: the time
 * grows with their square.
 *
 * @throws InputError for fewer than two labels, or an impossible `c`
 * @throws ModelError for embeddings of different sizes, or with values that are not finite
 */
export function fitHead(examples: readonly Example[], { c = 100, model }: HeadOptions = {}): Head {
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
  const embeddingSize = examples[0].embedding.length;
  const { weights, intercepts } = softmaxRegression(
    {
      vectors: examples.map(({ embedding }, i) => unitLength(embedding, embeddingSize, `examples[${i}]`)),
      labels: examples.map(({ label }) => labels.indexOf(label)),
      classes: labels.length,
    },
    c,
  );
  return new Head(labels, embeddingSize, Float32Array.from(weights), [...intercepts], model);
}

/**
 * Reads a head from what `JSON.stringify` made of one.
 *
 * @throws InputError where it is no head
 * @throws ModelError where it was fitted on embeddings of another model than `model`
 */
export function loadHead(json: string, { model }: Pick<HeadOptions, 'model'> = {}): Head {
  const saved = parse(json);
  if (model !== undefined && saved.model !== undefined && saved.model !== model)
    throw new ModelError({
      what: `it was fitted on embeddings of ${saved.model}, not of ${model}`,
      where: 'head',
      remedy: `Fit it again on embeddings of ${model}`,
    });
  return new Head(
    saved.labels,
    saved.embeddingSize,
    fromBase64(saved.weights),
    saved.intercepts,
    saved.model,
  );
}

function parse(json: string): SavedHead {
  let saved: Partial<SavedHead> | null;
  try {
    saved = JSON.parse(json);
    const { format, kind, labels, embeddingSize, weights, intercepts } = saved ?? {};
    if (
      format === 1 &&
      kind === 'frill-head' &&
      labels &&
      embeddingSize &&
      intercepts?.length === labels.length &&
      fromBase64(weights ?? '').length === labels.length * embeddingSize
    )
      return saved as SavedHead;
  } catch (cause) {
    throw notAHead(cause);
  }
  throw notAHead();
}

function notAHead(cause?: unknown): InputError {
  return new InputError({
    what: 'this is not a head, or a damaged one',
    where: 'head',
    remedy: 'Give what JSON.stringify made of a head',
    cause,
  });
}

function unitLength(embedding: Float32Array, size: number, where: string): Float64Array {
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
  // Silence may embed as zeros, which have no direction.
  return Float64Array.from(embedding, (value) => (length > 0 ? value / length : 0));
}

function toBase64(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) bytes.setFloat32(4 * i, value, true);
  let text = '';
  for (let i = 0; i < bytes.byteLength; i++) text += String.fromCharCode(bytes.getUint8(i));
  return btoa(text);
}

function fromBase64(text: string): Float32Array {
  const bytes = new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => bytes.getFloat32(4 * i, true));
}
