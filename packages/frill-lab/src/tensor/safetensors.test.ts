import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeSafetensors, loadSafetensors, saveSafetensors } from './safetensors.js';
import type { Weights } from './tensor.js';

const tensors: Weights = new Map([
  ['Conv/kernel', { shape: [1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, Number.MIN_VALUE) }],
  ['scalar', { shape: [], data: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
]);

let folder: string;
let path: string;
let whole: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-safetensors-'));
  path = join(folder, 'x.safetensors');
  await saveSafetensors(path, { tensors, metadata: { step: '40' } });
  whole = await readFile(path);
});
afterAll(() => rm(folder, { recursive: true }));

test('what is saved is loaded, with names, shapes, order and text', async () => {
  const loaded = await loadSafetensors(path);
  expect([...loaded.tensors]).toEqual([...tensors]);
  expect(loaded.metadata).toEqual({ step: '40' });
  expect(await readdir(folder)).toEqual(['x.safetensors']);
});

test('data starts aligned, and a file at an odd address is read all the same', () => {
  expect(Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true)) % 8).toBe(0);
  const shifted = new Uint8Array(whole.length + 1);
  shifted.set(whole, 1);
  expect([...decodeSafetensors(shifted.subarray(1)).tensors]).toEqual([...tensors]);
});

test('kernels may be stored as float16; vectors stay as they are', async () => {
  const half = join(folder, 'half.safetensors');
  const kernel = Float32Array.of(1 / 3, -2, 1e-9, 65504, 0.1, 7);
  const vector = Float32Array.of(1 / 3, 1e9, 1e-9);
  const saved: Weights = new Map([
    ['kernel', { shape: [2, 3], data: kernel }],
    ['variance', { shape: [3], data: vector }],
  ]);
  await saveSafetensors(half, { tensors: saved, metadata: {} }, 'F16');
  const loaded = (await loadSafetensors(half)).tensors;
  expect(loaded.get('variance')?.data).toEqual(vector);
  expect(loaded.get('kernel')?.shape).toEqual([2, 3]);
  const stored = Array.from(loaded.get('kernel')?.data ?? []);
  for (const [i, value] of stored.entries())
    expect(Math.abs(value - kernel[i])).toBeLessThan(2 ** -11 * Math.abs(kernel[i]) + 2 ** -25);
});

function withHeader(header: unknown): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + 4);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

test.each<[string, () => Uint8Array, string]>([
  ['an empty file', () => new Uint8Array(0), 'not a safetensors file'],
  ['foreign bytes', () => new TextEncoder().encode('RIFF....WAVEfmt and so on'), 'not a safetensors file'],
  ['a header cut short', () => whole.subarray(0, 40), 'truncated'],
  ['data cut short', () => whole.subarray(0, whole.length - 4), "truncated: tensor 'scalar'"],
  ['a header that is not JSON', () => Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7b), 'does not parse'],
  ['bfloat16', () => withHeader({ x: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } }), 'BF16'],
  [
    'a shape that does not fit',
    () => withHeader({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }),
    'needs 8',
  ],
])('%s is refused', (_title, make, message) => {
  const decode = () => decodeSafetensors(make(), 'x.safetensors');
  expect(decode).toThrow(InputError);
  expect(decode).toThrow(message);
});
