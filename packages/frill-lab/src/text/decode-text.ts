/** The text of a file: UTF-8, or UTF-16 with its mark. Any other encoding would read as wrong letters, and is refused. */
import { readFile } from 'node:fs/promises';
import { InputError } from 'frill-audio';

/** Reads a text file. Throws InputError where it is in another encoding; what `readFile` throws is left as it is. */
export async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path), path);
}

/** The text of bytes, without a mark at its beginning; `where` is what errors call it. */
export function decodeText(bytes: Uint8Array, where: string): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const at = firstBadByte(bytes);
    const before = bytes.subarray(0, at);
    const line = before.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
    const column = at - before.lastIndexOf(0x0a);
    throw new InputError({
      what: `not UTF-8: byte ${column} of line ${line} is 0x${bytes[at].toString(16).padStart(2, '0')}`,
      where,
      remedy: 'Save it as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8',
      cause,
    });
  }
}

/** Where the first character that is none begins. */
function firstBadByte(bytes: Uint8Array): number {
  const isSound = (length: number, stream: boolean) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream });
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
