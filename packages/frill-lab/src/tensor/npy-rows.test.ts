import { expect, test } from 'vitest';
import { decodeNpy } from './npy.js';
import { writeNpyRows } from './npy-rows.js';

test('a file is whole although the disk takes a few bytes at a time', async () => {
  const content = new Uint8Array(128 + 33 * 4);
  const slow = {
    async write(bytes: Uint8Array, offset: number, length: number, position: number) {
      const part = bytes.subarray(offset, offset + Math.min(length, 50));
      content.set(part, position);
      return { bytesWritten: part.length };
    },
  };
  const rows = [Float32Array.from({ length: 30 }, (_, i) => i), Float32Array.of(30, 31, 32)];
  expect(await writeNpyRows(slow, [3], rows)).toBe(11);
  const { shape, data } = decodeNpy(content);
  expect(shape).toEqual([11, 3]);
  expect([...data]).toEqual(Array.from({ length: 33 }, (_, i) => i));
});
