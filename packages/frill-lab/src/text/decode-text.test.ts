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
