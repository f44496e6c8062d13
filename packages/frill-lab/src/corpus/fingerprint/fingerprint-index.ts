/**
 * Finds which of many recordings another one is a copy of, or a piece of, or contains: re-encoded, resampled, trimmed, louder or
 * quieter. Equal codes suggest a recording and a place in it; the share of bits that differ over all that the two have in
 * common there decides.
 */
import { CODES_PER_SECOND, type Fingerprint } from './fingerprint.js';

/** Copies differ in fewer bits than this, other recordings, of the same word by the same voice even, in more. See the test. */
const MOST_ERRORS = 0.17;
/** What the two must have in common, in codes that are heard; or of the shorter one, this share. */
const LEAST_COMMON = 0.35 * CODES_PER_SECOND;
const LEAST_SHARE = 0.6;
/** Codes that very many recordings have, such as that of steady noise, suggest nothing. */
const MOST_PLACES = 400;
/** More than any recording has codes (two weeks), so that a recording and an offset make one number. */
const OFFSETS = 2 ** 28;
/** Suggestions that are looked at, the most frequent first. */
const LOOKED_AT = 24;

export interface Match {
  /** Name of the indexed recording. */
  readonly name: string;
  /** Share of bits that differ. */
  readonly errors: number;
  /** Where the searched recording begins in the indexed one, in seconds; negative where it begins earlier. */
  readonly start: number;
}

export class FingerprintIndex {
  readonly #recordings: { readonly name: string; readonly fingerprint: Fingerprint }[] = [];
  /** Places of half a code, as recording and position: a copy seldom keeps all 32 bits, but often 16 of them. */
  readonly #places = new Map<number, number[]>();

  add(name: string, fingerprint: Fingerprint): void {
    const recording = this.#recordings.push({ name, fingerprint }) - 1;
    const { codes, heard } = fingerprint;
    for (let at = 0; at < codes.length; at++) {
      // A code that stays is one place.
      if (heard[at] === 0 || codes[at] === codes[at - 1]) continue;
      for (const half of halves(codes[at])) {
        const places = this.#places.get(half);
        if (places === undefined) this.#places.set(half, [recording, at]);
        else if (places.length < 2 * MOST_PLACES) places.push(recording, at);
      }
    }
  }

  /** The recording that differs in the fewest bits; undefined where none is a copy. */
  find(searched: Fingerprint): Match | undefined {
    let best: Match | undefined;
    for (const [recording, offset] of this.#suggestions(searched)) {
      const { name, fingerprint } = this.#recordings[recording];
      const errors = bitErrors(searched, fingerprint, offset);
      if (errors !== undefined && errors <= MOST_ERRORS && (best === undefined || errors < best.errors))
        best = { name, errors, start: offset / CODES_PER_SECOND };
    }
    return best;
  }

  /** Recordings and offsets that share codes with it, the most shared first. */
  #suggestions({ codes, heard }: Fingerprint): [recording: number, offset: number][] {
    const votes = new Map<number, number>();
    for (let at = 0; at < codes.length; at++) {
      if (heard[at] === 0) continue;
      for (const half of halves(codes[at])) {
        const places = this.#places.get(half) ?? [];
        if (places.length >= 2 * MOST_PLACES) continue;
        for (let place = 0; place < places.length; place += 2) {
          const key = places[place] * OFFSETS + places[place + 1] - at;
          votes.set(key, (votes.get(key) ?? 0) + 1);
        }
      }
    }
    return [...votes]
      .sort(([, a], [, b]) => b - a)
      .slice(0, LOOKED_AT)
      .map(([key]) => {
        const recording = Math.round(key / OFFSETS);
        return [recording, key - recording * OFFSETS];
      });
  }
}

/** Share of bits that differ where both are heard; undefined where that is too little. Code `at` lies on code `at + offset`. */
export function bitErrors(a: Fingerprint, b: Fingerprint, offset: number): number | undefined {
  let common = 0;
  let different = 0;
  const end = Math.min(a.codes.length, b.codes.length - offset);
  for (let at = Math.max(0, -offset); at < end; at++) {
    if (a.heard[at] === 0 || b.heard[at + offset] === 0) continue;
    common++;
    different += bitCount(a.codes[at] ^ b.codes[at + offset]);
  }
  if (common < LEAST_COMMON && common < LEAST_SHARE * Math.min(a.count, b.count)) return undefined;
  if (common < LEAST_COMMON / 2) return undefined;
  return different / (32 * common);
}

/** Halves of a code as keys: the upper one is marked, so that it is not taken for the lower. */
function halves(code: number): readonly [number, number] {
  return [code & 0xffff, 0x10000 | (code >>> 16)];
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
