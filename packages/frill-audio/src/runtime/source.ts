/** Where a model's bytes come from: bytes at hand, a path in Node, an address anywhere. */
import { ModelError } from '../errors.js';
import { isNode } from './host.js';

/** Where a model is: its bytes, a URL, or a string. A string is a released model's name; else in Node a path unless it begins with a scheme, in a browser a URL. */
export type ModelSource = string | URL | Uint8Array;

/** What errors call it. */
export function nameOf(source: ModelSource): string {
  return source instanceof Uint8Array ? 'model' : String(source);
}

/** Reads the bytes that a path or an address names. Throws ModelError when they cannot be had. */
export async function readSource(source: ModelSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (!isAddress(source)) throw notASource(source);
  try {
    if (isNode() && !/^(https?|data|blob):/.test(String(source))) {
      const { readFile } = process.getBuiltinModule('node:fs/promises');
      return await readFile(String(source).startsWith('file:') ? new URL(source) : source);
    }
    const response = await fetch(source);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new ModelError({
      what: isAbsent
        ? 'no such file'
        : `cannot be read${cause instanceof Error ? ` (${cause.message})` : ''}`,
      where: nameOf(source),
      remedy: 'Give the path or address of a .tflite file, or its bytes',
      cause,
    });
  }
}

/** A URL of another realm, as test environments have it, is one as well. */
function isAddress(source: unknown): boolean {
  return typeof source === 'string' || (typeof source === 'object' && source !== null && 'href' in source);
}

/** What JavaScript, which checks no types, may give for a source. */
function notASource(given: unknown): ModelError {
  const name = typeof given === 'object' && given !== null ? given.constructor?.name : String(given);
  return new ModelError({
    what: `${name ?? 'an object'} is neither a path nor an address, nor bytes`,
    where: 'model',
    remedy: 'Give the name, path or address of a model as a string, or its bytes as a Uint8Array',
  });
}
