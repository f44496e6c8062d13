/**
 * The text of a file: UTF-8, or UTF-16 with its mark. Any other encoding would read as wrong letters, of which two words can become one,
 * and is refused. So is text in which letters were lost before.
 */
import { readFile } from 'node:fs/promises';
import { InputError } from 'frill-audio';

/** Reads a text file. Throws InputError where it is in another encoding; what `readFile` throws is left as it is. */
export async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path), path);
}

const FROM_UTF_16 = 'If it is UTF-16 without a mark, save it as UTF-8, e.g. iconv -f UTF-16LE -t UTF-8';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The text of bytes, without a mark at its beginning; `where` is what errors call it. */
export function decodeText(bytes: Uint8Array, where: string): string {
  const encoding = encodingOf(bytes);
  const decode = (length: number, stream: boolean) =>
    new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length), { stream });
  let text: string;
  try {
    text = decode(bytes.length, false);
  } catch (cause) {
    const at = firstBadByte(bytes, decode);
    throw new InputError({
      what: `not ${encoding.slice(0, 6).toUpperCase()}: ${placeAfter(decode(at, false), encoding)} is ${hexadecimal(bytes[at])}`,
      where,
      remedy: bytes.includes(0) ? FROM_UTF_16 : 'Save it as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8',
      cause,
    });
  }
  refuseLost(text, encoding, where);
  return text.replace(/^\ufeff/, '');
}

function encodingOf([first, second]: Uint8Array): Encoding {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** What can be decoded and is no text: zeros of wider characters, and marks in the place of letters that were lost. */
function refuseLost(text: string, encoding: Encoding, where: string): void {
  const at = text.search(/[\0\ufffd]/);
  if (at < 0) return;
  const place = placeAfter(text.slice(0, at), encoding);
  throw text[at] === '\0'
    ? new InputError({
        what: `not text: ${place} is 0`,
        where,
        remedy: FROM_UTF_16,
      })
    : new InputError({
        what: `${place} is U+FFFD, which stands for a character that was lost when the text was converted`,
        where,
        remedy: 'Convert it again from the encoding that it was written in',
      });
}

/** The place behind a text, as an editor counts lines, and bytes in the line. */
function placeAfter(text: string, encoding: Encoding): string {
  const lines = text.split('\n');
  const last = lines[lines.length - 1];
  const bytes = encoding === 'utf-8' ? new TextEncoder().encode(last).length : 2 * last.length;
  return `byte ${bytes + 1} of line ${lines.length}`;
}

function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** Where the first character that is none begins. */
function firstBadByte(bytes: Uint8Array, decode: (length: number, stream: boolean) => string): number {
  const isSound = (length: number, stream: boolean) => {
    try {
      decode(length, stream);
      return true;
    } catch {
      return false;
    }
  };
  // The longest beginning that could go on, found by halving; then back to where its last character began.
  let [sound, broken] = [0, bytes.length + 1];
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (isSound(middle, true)) sound = middle;
    else broken = middle;
  }
  while (!isSound(sound, false)) sound--;
  return sound;
}
