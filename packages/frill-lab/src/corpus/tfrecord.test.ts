import { expect, test } from 'vitest';
import { crc32c, frameRecord, unframeRecords } from './tfrecord.js';

const text = (content: string) => new TextEncoder().encode(content);

/** RFC 3720, appendix B.4, and the customary check value. */
test.each([
  ['the digits', text('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
])('CRC32C of %s', (_title, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

const file = Uint8Array.from([
  ...frameRecord(text('one')),
  ...frameRecord(text('')),
  ...frameRecord(text('three')),
]);

test('what is framed is found again', () => {
  expect([...unframeRecords(file)].map((record) => new TextDecoder().decode(record))).toEqual([
    'one',
    '',
    'three',
  ]);
});

test.each([
  ['foreign bytes', text('this is not a record at all'), 'not a TFRecord file'],
  ['a cut header', file.subarray(0, 5), 'truncated'],
  ['cut data', file.subarray(0, file.length - 1), 'truncated'],
  ['a flipped bit', file.map((byte, i) => (i === 13 ? byte ^ 1 : byte)), 'damaged record'],
])('%s are refused', (_title, bytes, message) => {
  expect(() => [...unframeRecords(bytes, 'x.tfrecord')]).toThrow(message);
});
