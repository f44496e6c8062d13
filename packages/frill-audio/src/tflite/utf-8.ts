/** Text from UTF-8 bytes wherever a model is loaded, audio worklets included, which have no `TextDecoder`. */

/** Text of UTF-8 bytes; throws where they are none. */
export function textOf(bytes: Uint8Array): string {
  if ('TextDecoder' in globalThis) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
}
