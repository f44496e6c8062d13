/** Bytes in text, as JSON and modules of code carry them (RFC 4648, section 4). */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Uint8Array(128);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** The bytes of well-formed base64. Audio worklets have no `atob`. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, to = 0; from < text.length; from += 4) {
    const bits =
      (VALUES[text.charCodeAt(from)] << 18) |
      (VALUES[text.charCodeAt(from + 1)] << 12) |
      (VALUES[text.charCodeAt(from + 2)] << 6) |
      VALUES[text.charCodeAt(from + 3)];
    // Writes beyond the end, where the padding is, are ignored.
    bytes[to++] = bits >> 16;
    bytes[to++] = bits >> 8;
    bytes[to++] = bits;
  }
  return bytes;
}
