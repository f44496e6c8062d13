/**
 * The one model inside the device package, in the two ways in which bundlers take files along:
 *
 *     models/smallest.js, smallest-1.bin, ...   addresses by `new URL(…, import.meta.url)`: Vite, webpack 5, import maps, Node
 *     models/inline.js                          a module of base64, for what leaves such files behind: esbuild, Rollup
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../run/whole-file.js';

/** webpack warns of each file of more than 250,000 bytes, so a model is stored in parts. */
const PART_BYTES = 240_000;

export interface SmallestModel {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/** Puts a .tflite file into the package in `device` as the model that `loadEmbedder()` loads, in the place of an earlier one. */
export async function putInDevicePackage(
  device: string,
  { name, version, sha256 }: SmallestModel,
  bytes: Uint8Array,
): Promise<void> {
  const folder = join(device, 'models');
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(folder))
    if (/^smallest-\d+\.bin$/.test(file)) await rm(join(folder, file));
  const parts = Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, at) => ({
    file: `smallest-${at + 1}.bin`,
    bytes: bytes.subarray(at * PART_BYTES, (at + 1) * PART_BYTES),
  }));
  for (const part of parts) await writeWhole(join(folder, part.file), part.bytes);
  await writeWhole(
    join(folder, 'inline.js'),
    `/** The smallest released model as text, written by \`frill release pack\`. */
export const INLINE = '${Buffer.from(bytes).toString('base64')}';
`,
  );
  await writeWhole(
    join(folder, 'smallest.js'),
    `/** The smallest released model, written by \`frill release pack\`. */
export const SMALLEST = {
  name: '${name}',
  version: ${version},
  sha256: '${sha256}',
  parts: () => [
${parts.map(({ file }) => `    new URL('./${file}', import.meta.url),\n`).join('')}  ],
};
`,
  );
}
