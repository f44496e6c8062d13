/**
 * `frill-audio/model`: the smallest released model inside a module, for bundlers that leave files behind, as esbuild and Rollup do
 * by default:
 *
 *     import { loadEmbedder } from 'frill-audio';
 *     import { smallestModel } from 'frill-audio/model';
 *     const frill = await loadEmbedder(smallestModel());
 */
import { INLINE } from '../models/inline.js';
import { bytesOfBase64 } from './base64.js';
import { ModelError } from './errors.js';

/** The bytes of its .tflite file. Throws ModelError where this version of the package has none. */
export function smallestModel(): Uint8Array {
  if (INLINE !== undefined) return bytesOfBase64(INLINE);
  throw new ModelError({
    what: 'no model is in this version of frill-audio',
    where: 'frill-audio/model',
    remedy: 'Give loadEmbedder the path, address or bytes of a .tflite file',
  });
}
