/**
 * Named tensors in one file: the safetensors format (github.com/huggingface/safetensors), which other tools read as well.
 * Layout: the header's length as uint64, a JSON header with name -> type, shape and byte range, then the data, all little
 * endian. Text about the tensors goes under the header's `__metadata__`. In memory numbers are float32; a file may hold
 * float16 as well.
 */
import { readFile } from 'node:fs/promises';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { writeWholeWith } from '../run/whole-file.js';
import { float16Values, toFloat16 } from './float16.js';
import { sizeOf, type Tensor, type Weights } from './tensor.js';

export interface SafetensorsFile {
  readonly tensors: Weights;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * How kernels are stored, which is all that has more than one axis. Vectors are float32 always: they are few, and variances
 * need the range.
 */
export type KernelType = 'F32' | 'F16';

const BYTES = { F32: 4, F16: 2 } as const;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).default({}) })
  .catchall(entrySchema);

/** Headers larger than this are not believed; the format's own limit. */
const LARGEST_HEADER = 100_000_000;

/** Writes the tensors in the map's order; the file appears whole or not at all. */
export async function saveSafetensors(
  path: string,
  { tensors, metadata }: SafetensorsFile,
  kernels: KernelType = 'F32',
): Promise<void> {
  await writeWholeWith(path, async (file) => {
    await file.writeFile(encodeHeader(tensors, metadata, kernels));
    for (const tensor of tensors.values())
      await file.writeFile(bytesOf(tensor.data, typeOf(tensor, kernels)));
  });
}

/** Reads a file of float32 and float16 tensors. Throws InputError where it is absent, foreign, truncated or of another type. */
export async function loadSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new InputError({ what: 'cannot be read', where: path, remedy: 'Check the path', cause });
  }
  return decodeSafetensors(bytes, path);
}

/** See `loadSafetensors`. The tensors share the memory of `bytes` where its alignment allows. */
export function decodeSafetensors(bytes: Uint8Array, where = 'safetensors bytes'): SafetensorsFile {
  const refuse = (what: string, cause?: unknown) =>
    new InputError({
      what,
      where,
      remedy: 'Use a file that `frill distill` or `frill teacher train` wrote, and copy it whole',
      cause,
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.NaN;
  if (!(headerLength >= 2 && headerLength <= LARGEST_HEADER)) throw refuse('not a safetensors file');
  if (bytes.length < 8 + headerLength) throw refuse('truncated: the file ends within its header');
  let header: z.infer<typeof headerSchema>;
  try {
    header = headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))));
  } catch (cause) {
    throw refuse('not a safetensors file: its header does not parse', cause);
  }
  const { __metadata__: metadata, ...entries } = header;
  const data = bytes.subarray(8 + headerLength);
  const tensors: Weights = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [start, end] = data_offsets;
    if (dtype !== 'F32' && dtype !== 'F16')
      throw refuse(`tensor '${name}' is ${dtype}; only F32 and F16 are supported`);
    const needed = BYTES[dtype] * sizeOf(shape);
    if (end - start !== needed)
      throw refuse(`tensor '${name}' has ${end - start} bytes, but shape [${shape}] needs ${needed}`);
    if (end > data.length)
      throw refuse(`truncated: tensor '${name}' ends at byte ${end} of the data, which has ${data.length}`);
    const stored = data.subarray(start, end);
    tensors.set(name, { shape, data: dtype === 'F16' ? halves(stored) : floats(stored) });
  }
  return { tensors, metadata };
}

/** The header, padded with spaces so that the data starts at a multiple of 8. */
function encodeHeader(
  tensors: Weights,
  metadata: Readonly<Record<string, string>>,
  kernels: KernelType,
): Uint8Array {
  let offset = 0;
  const entries = [...tensors].map(([name, tensor]) => {
    const [start, dtype] = [offset, typeOf(tensor, kernels)];
    offset += BYTES[dtype] * tensor.data.length;
    return [name, { dtype, shape: tensor.shape, data_offsets: [start, offset] }];
  });
  const text = new TextEncoder().encode(
    JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }),
  );
  const length = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}

function typeOf({ shape }: Pick<Tensor, 'shape'>, kernels: KernelType): KernelType {
  return shape.length > 1 ? kernels : 'F32';
}

function bytesOf(data: Float32Array, type: KernelType): Uint8Array {
  const stored = type === 'F16' ? Uint16Array.from(data, toFloat16) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

function halves(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = float16Values();
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => values[view.getUint16(2 * i, true)]);
}

function floats(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
