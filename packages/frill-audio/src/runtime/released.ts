/**
 * The released models by name. The smallest lies in this package, as files that bundlers take along; the files of all are in
 * the package `frill-models`, which lists them for this one under a symbol when it is imported. A model's values mean nothing to
 * another version of it, so a name may pin the version: `frill-m-v1`. Every file is held against its SHA-256 before it is used.
 *
 * The smallest model is in several files of models/, because webpack warns of every file of more than 250,000 bytes.
 */
import { SMALLEST } from '../../models/smallest.js';
import { ModelError } from '../errors.js';
import { type ModelSource, readSource } from './source.js';

/** Names of the released models: small, middle and large. */
export const RELEASED_MODELS = ['frill-s', 'frill-m', 'frill-l'] as const;

/** Name of the model that `loadEmbedder()` loads, which is in this package. */
export const SMALLEST_MODEL = RELEASED_MODELS[0];

/** A released model's file. */
export interface ReleasedModel {
  /** Name without the version, e.g. `frill-s`. */
  readonly name: string;
  /** Version, counted from 1; embeddings of two versions cannot be compared. */
  readonly version: number;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly sha256: string;
  /** Bytes of the .tflite file. */
  readonly bytes: Uint8Array;
}

/** Whether `source` is the name of a released model, such as `frill-s` or `frill-m-v1`, and not a path. */
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

/** Reads the pieces of models/ and joins them. */
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

/**
 * Reads the bytes of a model by its released name, path or address; bytes are returned as they are.
 *
 * @throws ModelError where there is no such model or file, or it cannot be read
 */
export async function readModel(source: ModelSource): Promise<Uint8Array> {
  if (isReleasedName(source)) return (await readReleased(source)).bytes;
  try {
    return await readSource(source);
  } catch (cause) {
    if (typeof source !== 'string' || !BARE_WORD.test(source)) throw cause;
    throw new ModelError({
      what: 'no released model has this name, and no file',
      where: source,
      remedy: `The released models are ${RELEASED_MODELS.join(', ')}; other models need the path of a .tflite file`,
      cause,
    });
  }
}

/** What is meant for a name more likely than for a file: without a folder, an ending or a scheme. */
const BARE_WORD = /^[\w-]+$/;

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
