/**
 * Tags that programs put before and behind audio of any format: ID3v2, ID3v1 and APE. They say nothing of what the format is.
 * Sources: ID3v2.4.0 structure, sections 3.1 and 3.4; ID3v1; APEv2.
 */
import { type ByteSource, text, viewOf, type Waiting } from '../byte-source.js';

const HAS_FOOTER = 0x10;

/** Passes over the tag that begins here; false where none does. */
export function* skipTag(source: ByteSource): Waiting<boolean> {
  const head = yield* source.peek(32);
  const length = tagLength(head);
  if (length > 0) yield* source.skip(length);
  return length > 0;
}

function tagLength(head: Uint8Array): number {
  if (text(head, 0, 3) === 'ID3' && head.length >= 10 && head[3] < 0xff && head[4] < 0xff) {
    let size = 0;
    for (let i = 6; i < 10; i++) size = size * 128 + (head[i] & 127);
    return 10 + size + (head[5] & HAS_FOOTER ? 10 : 0);
  }
  if (text(head, 0, 3) === 'TAG') return 128;
  // The size counts items and footer; a tag that begins with a header has one more.
  if (text(head, 0, 8) === 'APETAGEX' && head.length === 32) return 32 + viewOf(head).getUint32(12, true);
  return 0;
}
