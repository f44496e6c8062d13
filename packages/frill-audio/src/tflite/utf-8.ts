/** Text in the bytes of files. */

/** UTF-8 as text; throws where it is none. Audio worklets have no `TextDecoder`. */
export function textOf(bytes: Uint8Array): string {
  if ('TextDecoder' in globalThis) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
}
