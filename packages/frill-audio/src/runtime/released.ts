/**
 * The released models by name. The smallest lies in this package, as files that bundlers take along; the files of all are in
 * the package `frill-models`, which lists them for this one under a symbol when it is imported. A model's values mean nothing to
 * another version of it, so a name may pin the version: `frill-m-v1`. Every file is held against its SHA-256 before it is used.
 */
import { SMALLEST } from '../../models/smallest.js';
import { ModelError } from '../errors.js';
import { type ModelSource, readSource } from './source.js';

/** Small, middle, large. */
export const RELEASED_MODELS = ['frill-s', 'frill-m', 'frill-l'] as const;

/** What `loadEmbedder()` loads. */
export const SMALLEST_MODEL = RELEASED_MODELS[0];

/** A released model's file. */
export interface ReleasedModel {
  /** `frill-s`. */
  readonly name: string;
  /** 1, 2, ...; embeddings of two versions cannot be compared. */
  readonly version: number;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
  /** The .tflite file. */
  readonly bytes: Uint8Array;
}

/** Whether a text is the name of a released model and not a path: `frill-s`, `frill-m-v1`. */
export function isReleasedName(source: unknown): source is string {
  return typeof source === 'string' && NAME.test(source);
}

/**
 * Reads a released model, in Node or a browser, without a network: the smallest from this package, others from `frill-models`.
 *
 * @throws ModelError where its package is not there or holds no such model or version, and for a file with another checksum
 */
export async function readReleased(name: string): Promise<ReleasedModel> {
  const [, family = '', version] = NAME.exec(name) ?? [];
  const isAsked = (found: { readonly name: string; readonly version: number }) =>
    found.name === family && (version === undefined || found.version === Number(version));
  if (isAsked(SMALLEST)) {
    const { parts, ...model } = SMALLEST;
    return checked({ ...model, bytes: await readParts(parts, name) }, name);
  }
  const listed = await listedModels();
  const found = listed?.find(isAsked);
  if (found) {
    const { file, ...model } = found;
    return checked({ ...model, bytes: await readSource(file) }, name);
  }
  const there = [SMALLEST, ...(listed ?? [])].map((model) => `${model.name}-v${model.version}`);
  throw new ModelError({
    what: `no such released model here (there are: ${[...new Set(there)].join(', ')})`,
    where: name,
    remedy: listed
      ? 'Install a version of frill-models that holds it, or give the path of a .tflite file'
      : "Install frill-models, in an app for browsers with import 'frill-models' beside this package; or give the path of a .tflite file",
  });
}

/** The pieces of a file as one. */
async function readParts(parts: () => readonly URL[], where: string): Promise<Uint8Array> {
  try {
    const pieces = await Promise.all(parts().map((part) => readSource(part)));
    return new Uint8Array(await new Blob(pieces.map((piece) => piece.slice())).arrayBuffer());
  } catch (cause) {
    throw new ModelError({
      what: 'the model of this package is not where it should be; esbuild and Rollup leave its files behind',
      where,
      remedy:
        "Give loadEmbedder what `smallestModel()` of 'frill-audio/model' returns, which is inside the bundle",
      cause,
    });
  }
}

/** The bytes of a model by its name, path, address, or at hand. Throws ModelError where they cannot be had. */
export async function readModel(source: ModelSource): Promise<Uint8Array> {
  return isReleasedName(source) ? (await readReleased(source)).bytes : readSource(source);
}

const NAME = new RegExp(`^(${RELEASED_MODELS.join('|')})(?:-v(\\d+))?$`);

/** Where `frill-models` leaves its list. */
const LIST = Symbol.for('frill-models');

interface ListedModel extends Omit<ReleasedModel, 'bytes'> {
  readonly file: URL;
}

/** What `frill-models` lists; undefined where it is not. */
async function listedModels(): Promise<readonly ListedModel[] | undefined> {
  const list = (): readonly ListedModel[] | undefined => Reflect.get(globalThis, LIST);
  if (list()) return list();
  // No bundler should look for it: whoever wants it in a bundle imports it there. In Node, and by an import map, this finds it.
  const name = 'frill-models';
  await import(/* webpackIgnore: true */ /* @vite-ignore */ name).catch(() => {});
  return list();
}

/** Pages that were not loaded over a safe connection have no `crypto.subtle`, and cannot check. */
async function checked(model: ReleasedModel, where: string): Promise<ReleasedModel> {
  const { subtle } = globalThis.crypto;
  if (subtle === undefined) return model;
  const digest = new Uint8Array(await subtle.digest('SHA-256', model.bytes.slice()));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found === model.sha256) return model;
  throw new ModelError({
    what: `the file is not the one that was released: its SHA-256 is ${found}, and ${model.sha256} was released`,
    where,
    remedy: 'Install its package again',
  });
}
