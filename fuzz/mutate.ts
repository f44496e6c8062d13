/** Damages a file as transport, editors and bad writers do, and as an attacker would. The same seed gives the same damage. */
import type { Random } from '../packages/frill-lab/src/tensor/random.js';
import type { Seed } from './group.js';

/** Values that length fields are seldom tested with. */
const EXTREMES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
/** Headers lie here, and every second change does. */
const HEADER_BYTES = 256;

export function mutate(seeds: readonly Seed[], random: Random): Seed {
  const seed = seeds[random.integer(seeds.length)];
  let bytes: Uint8Array = seed.bytes.slice();
  const done: string[] = [];
  for (let left = 1 + random.integer(4); left > 0 && bytes.length > 0; left--) {
    const [name, change] = CHANGES[random.integer(CHANGES.length)];
    bytes = change(bytes, random, seeds);
    done.push(name);
  }
  return { name: `${seed.name} (${done.join(', ')})`, bytes };
}

type Change = (bytes: Uint8Array, random: Random, seeds: readonly Seed[]) => Uint8Array;

const CHANGES: readonly (readonly [string, Change])[] = [
  [
    'a bit turned',
    (bytes, random) => put(bytes, placeIn(bytes, random), (byte) => byte ^ (1 << random.integer(8))),
  ],
  ['a byte set', (bytes, random) => put(bytes, placeIn(bytes, random), () => random.integer(256))],
  ['bytes turned', turned],
  ['an extreme number', extreme],
  ['cut off', (bytes, random) => bytes.subarray(0, random.integer(bytes.length))],
  ['a piece lost', (bytes, random) => replaced(bytes, random, new Uint8Array(0))],
  ['a piece zeroed', (bytes, random) => zeroed(bytes, random)],
  ['a piece doubled', doubled],
  ['junk put in', (bytes, random) => inserted(bytes, placeIn(bytes, random), junk(random))],
  ['junk before it', (bytes, random) => inserted(bytes, 0, junk(random))],
  ['another file behind it', (bytes, random, seeds) => inserted(bytes, bytes.length, other(seeds, random))],
  [
    'a piece of another file',
    (bytes, random, seeds) => replaced(bytes, random, pieceOf(other(seeds, random), random)),
  ],
];

function placeIn(bytes: Uint8Array, random: Random): number {
  return random.integer(random.uniform() < 0.5 ? Math.min(HEADER_BYTES, bytes.length) : bytes.length);
}

function put(bytes: Uint8Array, at: number, value: (byte: number) => number): Uint8Array {
  bytes[at] = value(bytes[at]);
  return bytes;
}

function turned(bytes: Uint8Array, random: Random): Uint8Array {
  for (let left = 1 + random.integer(64); left > 0; left--)
    put(bytes, random.integer(bytes.length), (byte) => byte ^ (1 + random.integer(255)));
  return bytes;
}

function extreme(bytes: Uint8Array, random: Random): Uint8Array {
  const value = EXTREMES[random.integer(EXTREMES.length)];
  const width = [1, 2, 4, 8][random.integer(4)];
  const at = placeIn(bytes, random);
  const isLittle = random.uniform() < 0.5;
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const place = isLittle ? i : width - 1 - i;
    bytes[at + i] = Math.floor(value / 256 ** place) & 255;
  }
  return bytes;
}

function zeroed(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = span(bytes, random);
  return bytes.fill(0, from, to);
}

function doubled(bytes: Uint8Array, random: Random): Uint8Array {
  const [from, to] = span(bytes, random);
  return inserted(bytes, to, bytes.slice(from, to));
}

function replaced(bytes: Uint8Array, random: Random, piece: Uint8Array): Uint8Array {
  const [from, to] = span(bytes, random);
  return joined(bytes.subarray(0, from), piece, bytes.subarray(to));
}

function inserted(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
}

function span(bytes: Uint8Array, random: Random): readonly [number, number] {
  const from = placeIn(bytes, random);
  return [from, Math.min(bytes.length, from + 1 + random.integer(2_000))];
}

function junk(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random.integer(500) }, () => random.integer(256));
}

function other(seeds: readonly Seed[], random: Random): Uint8Array {
  return seeds[random.integer(seeds.length)].bytes;
}

function pieceOf(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  const [from, to] = span(bytes, random);
  return bytes.subarray(from, to);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
