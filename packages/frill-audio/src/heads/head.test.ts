import { expect, it } from 'vitest';
import { InputError, ModelError } from '../errors.js';
import { type Example, fitHead, loadHead } from './head.js';
import { parseSavedHead } from './saved-head.js';

const SIZE = 64;

/** Around one direction for each label, with noise that is not random but differs from example to example. */
function example(label: number, number: number): Example {
  const embedding = Float32Array.from(
    { length: SIZE },
    (_, i) => (i % 3 === label ? 2 : 1) + 0.5 * Math.sin(1.7 * i * (number + 1) + label),
  );
  return { embedding, label: `label ${label}` };
}

const examples = [0, 1, 2].flatMap((label) => [0, 1, 2, 3, 4].map((number) => example(label, number)));

it('tells apart what it has seen a few examples of', () => {
  const head = fitHead(examples);
  expect(head.labels).toEqual(['label 0', 'label 1', 'label 2']);
  for (const label of [0, 1, 2])
    for (const number of [7, 8, 9]) {
      const found = head.predict(example(label, number).embedding);
      expect(found.label).toBe(`label ${label}`);
      expect(found.probability).toBe(found.probabilities[found.label]);
      const sum = Object.values(found.probabilities).reduce((a, b) => a + b);
      expect(sum).toBeCloseTo(1, 9);
    }
});

it('learns from one example a label, and from unequal numbers', () => {
  const head = fitHead([example(0, 0), example(1, 0), ...examples.slice(10)]);
  expect(head.predict(example(1, 5).embedding).label).toBe('label 1');
});

it('does not mind how loud an embedding is', () => {
  const head = fitHead(examples);
  const { embedding } = example(2, 8);
  const louder = head.predict(embedding.map((value) => 8 * value));
  expect(louder.probability).toBeCloseTo(head.predict(embedding).probability, 6);
});

it('comes back from JSON as it was', () => {
  const head = fitHead(examples, { model: 'tiny' });
  const again = loadHead(JSON.stringify(head), { model: 'tiny' });
  const { embedding } = example(1, 6);
  expect(again.predict(embedding)).toEqual(head.predict(embedding));
  expect(JSON.stringify(again)).toBe(JSON.stringify(head));
});

it('refuses what it cannot learn from, and says why', () => {
  expect(() => fitHead([])).toThrow(InputError);
  expect(() => fitHead(examples.slice(0, 5))).toThrow("5 examples have the one label 'label 0'");
  expect(() => fitHead(examples, { c: 0 })).toThrow(/c: 0 is not a positive number/);
  const short = { ...examples[0], embedding: new Float32Array(3) };
  expect(() => fitHead([...examples, short])).toThrow(/examples\[15\]: an embedding of 3 values .* 64/);
  const broken = { ...examples[0], embedding: new Float32Array(SIZE).fill(Number.NaN) };
  expect(() => fitHead([broken, ...examples])).toThrow(/examples\[0\]: the embedding holds NaN/);
  expect(() => fitHead(examples).predict(new Float32Array(3))).toThrow(ModelError);
});

it('refuses to load what is no head, and a head of another model', () => {
  const json = JSON.stringify(fitHead(examples, { model: 'tiny' }));
  for (const damaged of ['', 'null', '{}', json.slice(0, -9), json.replace(/"weights":"..../, '"weights":"')])
    expect(() => loadHead(damaged), damaged.slice(0, 40)).toThrow(InputError);
  expect(() => loadHead(json, { model: 'small' })).toThrow(/fitted on embeddings of tiny, not of small/);
});

it('takes silence, which has no direction', () => {
  const silence = new Float32Array(SIZE);
  const head = fitHead([...examples, { embedding: silence, label: 'silence' }]);
  expect(head.predict(silence).label).toBe('silence');
});

/** A sound of no label: another direction. */
const strange = Float32Array.from({ length: SIZE }, (_, i) => (i % 5 === 4 ? 3 : 0.2) + Math.cos(2.3 * i));

it('knows its labels, and what is none of them', () => {
  const head = fitHead(examples);
  for (const label of [0, 1, 2])
    for (const number of [6, 7, 8, 9])
      expect(head.predict(example(label, number).embedding)).toMatchObject({ isKnown: true });
  const { isKnown, familiarity } = head.predict(strange);
  expect(isKnown).toBe(false);
  expect(familiarity).toBeLessThan(0.01);
});

it('rejects about as many sounds of its labels as it was told to', () => {
  let state = 7;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
  const many = Array.from({ length: 300 }, (_, n) => {
    const embedding = Float32Array.from({ length: SIZE }, (_, i) => (i % 3 === n % 3 ? 2 : 1) + 4 * random());
    return { embedding, label: `label ${n % 3}` };
  });
  const [seen, unseen] = [0, 1].map((half) => many.filter((_, i) => i % 2 === half));
  for (const rejects of [0.1, 0.3]) {
    const head = fitHead(seen, { rejects });
    const rejected = unseen.filter(({ embedding }) => !head.predict(embedding).isKnown).length;
    expect(rejected / unseen.length).toBeGreaterThan(rejects / 2);
    expect(rejected / unseen.length).toBeLessThan(rejects * 2);
  }
});

it('rejects nothing when told so, or when one example a label says nothing', () => {
  expect(fitHead(examples, { rejects: 0 }).predict(strange).isKnown).toBe(true);
  const found = fitHead([example(0, 0), example(1, 0)]).predict(strange);
  expect(found).toMatchObject({ isKnown: true, familiarity: undefined });
});

it('uses a background, and wants it back', () => {
  const background = Array.from({ length: 12 }, (_, n) =>
    Float32Array.from({ length: SIZE }, (_, i) => 1 + Math.sin(0.7 * (n + 1) * (i + n))),
  );
  const head = fitHead(examples, { background });
  expect(head.predict(example(1, 7).embedding).isKnown).toBe(true);
  for (const other of background) expect(head.predict(other).isKnown).toBe(false);
  const json = JSON.stringify(head);
  expect(loadHead(json, { background }).predict(strange)).toEqual(head.predict(strange));
  expect(() => loadHead(json)).toThrow(
    /background: the head was fitted with a background of 12 embeddings, not 0/,
  );
});

it('takes examples and gives them up', () => {
  const few = fitHead(examples.slice(0, 10), { model: 'tiny' });
  const grown = loadHead(JSON.stringify(few)).with(
    examples.slice(10).map((one, i) => ({ ...one, id: `${i}` })),
  );
  expect(grown.labels).toEqual(['label 0', 'label 1', 'label 2']);
  expect(grown.model).toBe('tiny');
  expect(JSON.stringify(grown.without(({ id }) => id !== undefined))).toBe(JSON.stringify(few));
  expect(grown.without(({ label }) => label === 'label 0').labels).toEqual(['label 1', 'label 2']);
  expect(() => few.without(({ label }) => label === 'label 0')).toThrow(/the one label 'label 1'/);
});

it('refuses a head of another format by its number', () => {
  const saved = parseSavedHead(JSON.stringify(fitHead(examples)));
  expect(() => loadHead(JSON.stringify({ ...saved, format: 1 }))).toThrow(
    /of format 1, and .* reads format 2/,
  );
  expect(() => loadHead(JSON.stringify({ ...saved, format: 3 }))).toThrow(/of format 3/);
});
