/** Names derived from content, so that expensive results are made once and found again. */
import { sha256Of } from './sha256.js';

/** JSON with sorted keys: equal values print equally. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** 16 hexadecimal digits (64 bits) of the SHA-256 of a value's canonical JSON, or of bytes. */
export function contentName(value: unknown): string {
  return sha256Of(value instanceof Uint8Array ? value : canonicalJson(value)).slice(0, 16);
}
