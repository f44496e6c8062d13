/** What a file weighs on its way to a page. */
import { brotliCompressSync, constants } from 'node:zlib';

/** Above it brotli's best level takes a minute for a percent. */
const LARGE = 1_000_000;

/** Bytes of a file, compressed by brotli as a server would send it. */
export function wireBytes(file: Uint8Array): number {
  const quality = file.length > LARGE ? 9 : constants.BROTLI_MAX_QUALITY;
  return brotliCompressSync(file, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }).length;
}
