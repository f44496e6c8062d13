import { expect, it } from 'vitest';
import { decodeText } from './decode-text.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

it('reads UTF-8, and UTF-16 with its mark, without the mark', () => {
  expect(decodeText(utf8('\ufeffpath\nmür.wav'), 'x')).toBe('path\nmür.wav');
  expect(decodeText(new Uint8Array(Buffer.from('\ufeffmär', 'utf16le')), 'x')).toBe('mär');
  expect(decodeText(new Uint8Array(Buffer.from('\ufeffmär', 'utf16le').swap16()), 'x')).toBe('mär');
});

it.each([
  [
    'Windows-1252',
    Buffer.concat([Buffer.from('path,label\na.wav,m'), Buffer.of(0xfc), Buffer.from('r\n')]),
    /byte 8 of line 2 is 0xfc/,
  ],
  ['a cut character', utf8('ab\nü').subarray(0, 4), /byte 1 of line 2 is 0xc3/],
  ['a byte that is never right', Buffer.from([0x61, 0xff]), /byte 2 of line 1 is 0xff/],
])('%s is refused with line and byte', (_, bytes, message) => {
  expect(() => decodeText(bytes, 'manifest.csv')).toThrow(message);
  expect(() => decodeText(bytes, 'manifest.csv')).toThrow(/manifest\.csv: not UTF-8.*iconv/);
});

const wide = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));

it.each<[string, Uint8Array, RegExp]>([
  ['UTF-16 without a mark', wide('path\nm.wav'), /not text: byte 2 of line 1 is 0.*UTF-16LE/],
  ['UTF-32', Uint8Array.of(0xff, 0xfe, 0, 0, 0x70, 0, 0, 0), /not text: byte 3 of line 1 is 0/],
  ['a zero', utf8('path\nm\0r.wav'), /not text: byte 2 of line 2 is 0/],
  ['half of a pair in UTF-16', wide('\ufeffpath\nm\ud800r'), /not UTF-16: byte 3 of line 2 is 0x00/],
  ['an odd byte in UTF-16', wide('\ufeffpath\nm').subarray(0, -1), /not UTF-16: byte 1 of line 2/],
  ['half of a pair in UTF-8', Uint8Array.of(0x6d, 0xed, 0xa0, 0x80), /not UTF-8: byte 2 of line 1 is 0xed/],
  ['a letter that was lost', utf8('path\nmü\ufffdr.wav'), /byte 4 of line 2 is U\+FFFD.*Convert it again/],
])('%s is refused', (_, bytes, message) => {
  expect(() => decodeText(bytes, 'manifest.csv')).toThrow(message);
});
