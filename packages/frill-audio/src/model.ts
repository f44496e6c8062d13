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

/** Bytes of the smallest released model's .tflite file, `frill-s`, for `loadEmbedder`. Each call makes a new array. */
export function smallestModel(): Uint8Array {
  return bytesOfBase64(INLINE);
}
