import { afterEach, expect, it } from 'vitest';
import { textOf } from './utf-8.js';

const decoder = Object.getOwnPropertyDescriptor(globalThis, 'TextDecoder') ?? {};
afterEach(() => Object.defineProperty(globalThis, 'TextDecoder', decoder));

it.each(['with', 'without'])('reads UTF-8 %s a TextDecoder, and refuses what is none', (how) => {
  const bytes = new TextEncoder().encode('log-mel, größer als 100 % 🎙\0');
  if (how === 'without') Reflect.deleteProperty(globalThis, 'TextDecoder');
  expect(textOf(bytes)).toBe('log-mel, größer als 100 % 🎙\0');
  expect(textOf(new Uint8Array())).toBe('');
  expect(() => textOf(bytes.subarray(0, bytes.length - 3))).toThrow();
});
