import { describe, expect, it } from 'vitest';
import { enrol } from './verification.js';

const SIZE = 64;
let state = 7;
/** Normal numbers, the same in every run. */
function noise(): number {
  let sum = 0;
  for (let i = 0; i < 12; i++) {
    state = (state * 48_271) % 2_147_483_647;
    sum += state / 2_147_483_647;
  }
  return sum - 6;
}

/** Clips of a voice: what all voices share, what is its own, and what differs from clip to clip. */
function voice(): () => Float32Array {
  const own = Float32Array.from({ length: SIZE }, noise);
  return () => own.map((value) => 2 + value + 0.4 * noise());
}

const mine = voice();
const others = Array.from({ length: 40 }, voice);

describe.each([
  ['with a background of others', others.slice(20).map((clip) => clip())],
  ['alone', undefined],
])('%s', (_, background) => {
  const verifier = enrol([mine(), mine(), mine()], { background });

  it('accepts the enrolled and rejects others', () => {
    const own = Array.from({ length: 100 }, () => verifier.verify(mine()));
    const strange = others.slice(0, 20).flatMap((clip) => [1, 2, 3, 4, 5].map(() => verifier.verify(clip())));
    expect(own.filter(({ isAccepted }) => isAccepted).length).toBeGreaterThan(90);
    expect(strange.filter(({ isAccepted }) => isAccepted).length).toBeLessThan(5);
    const lowest = Math.min(...own.map(({ score }) => score));
    expect(strange.filter(({ score }) => score > lowest)).toEqual([]);
  });
});

it('lets pass as many others as it was told to', () => {
  const background = others.slice(20).flatMap((clip) => [1, 2, 3].map(() => clip()));
  const strange = others.slice(0, 20).flatMap((clip) => Array.from({ length: 20 }, clip));
  const accepted = (falseAccepts: number) => {
    const verifier = enrol([mine(), mine(), mine()], { background, falseAccepts });
    return strange.filter((clip) => verifier.verify(clip).isAccepted).length / strange.length;
  };
  expect(accepted(0.3)).toBeGreaterThan(0.15);
  expect(accepted(0.3)).toBeLessThan(0.45);
  expect(accepted(0.01)).toBeLessThan(0.05);
});

it('refuses too few clips, shares that cannot be, and embeddings of another model', () => {
  expect(() => enrol([mine(), mine()])).toThrow(/2 clips are too few to enrol. Give 3 or more/);
  expect(() => enrol([], { background: others.map((clip) => clip()) })).toThrow(/0 clips are too few/);
  expect(() => enrol([mine(), mine(), mine()], { falseRejects: 0.9 })).toThrow(
    /falseRejects: 0.9 is not a share/,
  );
  expect(() => enrol([mine(), mine(), new Float32Array(3)])).toThrow(
    /embeddings\[2\]: an embedding of 3 values/,
  );
  expect(() => enrol([mine(), mine(), mine()]).verify(new Float32Array(3))).toThrow(/embedding of 3 values/);
});
