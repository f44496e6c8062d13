/** NumPy's .npy files, version 1-3, little endian, C order. Format: numpy.lib.format, NEP 1. */
import { readFileSync } from 'node:fs';
import { InputError } from 'frill-audio';
import { type FloatArray, type Shape, sizeOf, type Tensor, tensor } from './tensor.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

type ElementArray = ArrayLike<number> & { readonly byteLength: number };

/** Element readers by the `descr` that numpy writes. */
const DECODERS: Record<string, { bytes: number; view(buffer: ArrayBuffer): ElementArray }> = {
  '<f4': { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  '<f8': { bytes: 8, view: (buffer) => new Float64Array(buffer) },
  '<i4': { bytes: 4, view: (buffer) => new Int32Array(buffer) },
  '<i2': { bytes: 2, view: (buffer) => new Int16Array(buffer) },
  '|i1': { bytes: 1, view: (buffer) => new Int8Array(buffer) },
  '|u1': { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
};

/** Any numeric .npy as a float64 tensor. Throws InputError for a foreign, truncated or Fortran-ordered file. */
export function decodeNpy(bytes: Uint8Array, where = '.npy bytes'): Tensor {
  const fail = (what: string) => new InputError({ what, where, remedy: 'Write it with numpy.save, C order' });
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw fail('not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const headerStart = isFirst ? 10 : 12;
  const headerLength = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(headerStart, headerStart + headerLength));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const decoder = DECODERS[descr];
  if (!decoder) throw fail(`element type '${descr}' is not supported`);
  if (/'fortran_order':\s*True/.test(header)) throw fail('Fortran order is not supported');
  const extents = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '';
  const shape = extents
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const start = headerStart + headerLength;
  const needed = sizeOf(shape) * decoder.bytes;
  if (bytes.byteLength - start < needed)
    throw fail(`truncated: shape (${shape}) needs ${needed} bytes of data`);
  // A copy, because the data may lie unaligned; `slice` of a Node Buffer would share memory.
  return tensor(shape, decoder.view(Uint8Array.from(bytes.subarray(start, start + needed)).buffer));
}

/** Reads a .npy file; see `decodeNpy`. */
export function readNpy(path: string): Tensor {
  return decodeNpy(readFileSync(path), path);
}

/** The header of a .npy of that shape, padded so that the data starts at a multiple of 64. */
export function npyHeader(shape: Shape, descr: '<f4' | '<f8'): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new Uint8Array(10 + length).fill(0x20);
  header.set([...MAGIC, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(text), 10);
  header[10 + length - 1] = 0x0a;
  return header;
}

/** A whole .npy file of a tensor, in its own precision. */
export function encodeNpy({ shape, data }: Tensor<FloatArray>): Uint8Array {
  const header = npyHeader(shape, data instanceof Float32Array ? '<f4' : '<f8');
  const file = new Uint8Array(header.length + data.byteLength);
  file.set(header);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return file;
}
