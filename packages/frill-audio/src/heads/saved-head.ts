/** A head as JSON: its weights, the examples, so that more can be added, and the settings of the rejection. */
import { InputError } from '../errors.js';

/** A head as `JSON.stringify` writes it and `loadHead` reads it. */
export interface SavedHead {
  /** Mark by which a head is known among other JSON. */
  readonly kind: 'frill-head';
  /** Version of this format. */
  readonly format: 2;
  /** Name of the model that made the embeddings, where it was given. */
  readonly model?: string | undefined;
  /** Labels, in the order of their first examples. */
  readonly labels: readonly string[];
  /** Values in one embedding. */
  readonly embeddingSize: number;
  /** Weights [labels, embeddingSize], little-endian float32 in base64. */
  readonly weights: string;
  /** Intercepts [labels]. */
  readonly intercepts: readonly number[];
  /** What the head was fitted to. */
  readonly fit: SavedFit;
}

/** Examples and settings that a saved head was fitted with. */
export interface SavedFit {
  /** Inverse of the L2 penalty, above 0. */
  readonly c: number;
  /** Share of known sounds that may be rejected, in [0, 0.5]; 0: nothing is. */
  readonly rejects: number;
  /** Number of embeddings of the background, which is not saved with the head. */
  readonly background: number;
  /** Label and, where there is one, id of each example. */
  readonly examples: readonly (readonly [label: string, id?: string])[];
  /** Embeddings of the examples [examples, embeddingSize], little-endian float32 in base64. */
  readonly embeddings: string;
}

/** The only format that there is; a head of another one is refused by its number. */
const FORMAT = 2;

/** What a JSON text may hold of a head. */
type Unchecked = Partial<Omit<SavedHead, 'format'>> & { readonly format?: unknown };

/** Reads the JSON. Throws InputError where it is no head, a damaged one, or of another format. */
export function parseSavedHead(json: string): SavedHead {
  let saved: Unchecked | null;
  try {
    saved = JSON.parse(json);
  } catch (cause) {
    throw notAHead(cause);
  }
  if (saved?.kind === 'frill-head' && typeof saved.format === 'number' && saved.format !== FORMAT)
    throw new InputError({
      what: `this head is of format ${saved.format}, and this version of frill-audio reads format ${FORMAT}`,
      where: 'head',
      remedy: 'Take the version of frill-audio that wrote it, or fit the head again',
    });
  if (!isSavedHead(saved)) throw notAHead();
  return saved;
}

function isSavedHead(saved: Unchecked | null): saved is SavedHead {
  const { format, kind, labels, embeddingSize, weights, intercepts, fit } = saved ?? {};
  if (kind !== 'frill-head' || !labels || !embeddingSize || intercepts?.length !== labels.length)
    return false;
  if (floatsOfBase64(weights ?? '')?.length !== labels.length * embeddingSize) return false;
  return (
    format === FORMAT &&
    Array.isArray(fit?.examples) &&
    typeof fit.c === 'number' &&
    typeof fit.rejects === 'number' &&
    typeof fit.background === 'number' &&
    floatsOfBase64(fit.embeddings)?.length === fit.examples.length * embeddingSize
  );
}

function notAHead(cause?: unknown): InputError {
  return new InputError({
    what: 'this is not a head, or a damaged one',
    where: 'head',
    remedy: 'Give what JSON.stringify made of a head',
    cause,
  });
}

export function base64OfFloats(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) bytes.setFloat32(4 * i, value, true);
  let text = '';
  for (let i = 0; i < bytes.byteLength; i++) text += String.fromCharCode(bytes.getUint8(i));
  return btoa(text);
}

/** undefined for what is not base64 of whole floats. */
export function floatsOfBase64(text: unknown): Float32Array | undefined {
  if (typeof text !== 'string' || !/^[\w+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  return bytes.byteLength % 4 === 0
    ? Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => bytes.getFloat32(4 * i, true))
    : undefined;
}
