import { InputError } from 'frill-audio';
import { expect, test } from 'vitest';
import { compileOrt } from '../engine/ort/compile.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { random } from '../tensor/random.js';
import type { Weights } from '../tensor/tensor.js';
import { type Ancestor, inheritWeights } from './inherited-weights.js';

const named = (name: string, bottleneck = 24) => parseStudentName(name, { bottleneck });

/** A network whose normalisations have been at work. */
function ancestor(name: string, bottleneck = 24): Ancestor {
  const config = named(name, bottleneck);
  const { graph } = buildStudent(config, { batch: 1, mode: 'inference' });
  const weights = initialise(graph, name);
  const numbers = random(name);
  for (const [parameter, { data }] of weights)
    if (/BatchNorm|bias/.test(parameter))
      for (let i = 0; i < data.length; i++)
        data[i] = /gamma|variance/.test(parameter) ? numbers.uniform(0.5, 1.5) : numbers.normal(0, 0.1);
  return { config, weights };
}

async function embed({ config, weights }: { config: Ancestor['config']; weights: Ancestor['weights'] }) {
  const { graph, input, embedding } = buildStudent(config, { batch: 1, mode: 'inference' });
  const program = await compileOrt(graph, [embedding], weights as Weights, { threads: 1 });
  const numbers = random('window');
  const window = Float32Array.from({ length: 96 * 64 }, () => numbers.normal());
  const [{ data }] = await program.run(new Map([[input, window]]));
  await program.close();
  return Array.from(data);
}

const close = (values: readonly number[], digits = 4) => values.map((value) => expect.closeTo(value, digits));

test('the same network inherits everything, a shorter embedding its first values', async () => {
  const from = ancestor('tiny-0.5-gap');
  const whole = await embed(from);
  for (const width of [24, 7]) {
    const config = named('tiny-0.5-gap', width);
    expect(await embed({ config, weights: inheritWeights(from, config) })).toEqual(
      close(whole.slice(0, width)),
    );
  }
});

test('channels that nothing comes from are those that go: a narrower network then says the same', async () => {
  const narrow = ancestor('tiny-1-gap');
  const wide = named('tiny-1.5-gap');
  const weights = spread(narrow, wide);
  expect(await embed({ config: wide, weights })).toEqual(close(await embed(narrow), 3));
  const back = inheritWeights({ config: wide, weights }, narrow.config);
  expect(await embed({ config: narrow.config, weights: back })).toEqual(close(await embed(narrow), 3));
});

test.each(['tiny-1.5-gap', 'tiny-2-flat'])(
  'a wider network, %s, says at first what the narrow one says',
  async (name) => {
    const from = ancestor('tiny-1-gap');
    const config = named(name);
    const weights = inheritWeights(from, config);
    expect(await embed({ config, weights })).toEqual(close(await embed(from), 3));
    const last = weights.get('Conv_1/kernel');
    const [first, second] = [0, 1].map((column) =>
      Array.from(last?.data ?? []).filter((_, i) => i % (last?.shape[3] ?? 1) === column),
    );
    expect(first).not.toEqual(second);
  },
);

/** A wider network that says the same as a narrow one: what it has more of is 0. */
function spread({ config, weights }: Ancestor, wide: Ancestor['config']): Weights {
  const { graph } = buildStudent(wide, { batch: 1, mode: 'inference' });
  const result = initialise(graph, 'wide');
  const narrow = buildStudent(config, { batch: 1, mode: 'inference' }).graph;
  for (const { name, shape } of narrow.parameters) {
    const target = result.get(name);
    const source = weights.get(name);
    if (!target || !source) throw new Error(name);
    target.data.fill(/variance/.test(name) ? 1 : 0);
    for (let i = 0; i < source.data.length; i++) {
      let [rest, at, step] = [i, 0, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += step * (rest % shape[axis]);
        rest = Math.floor(rest / shape[axis]);
        step *= target.shape[axis];
      }
      target.data[at] = source.data[i];
    }
  }
  return result;
}

test('tiny takes the blocks of small that it has', () => {
  const from = ancestor('small-1-gap');
  const weights = inheritWeights(from, named('tiny-1-gap'));
  const kernel = 'squeeze_excite/Conv/kernel';
  expect(weights.get(`expanded_conv_8/${kernel}`)).toEqual(from.weights.get(`expanded_conv_9/${kernel}`));
  const { graph } = buildStudent(named('tiny-1-gap'), { batch: 1, mode: 'inference' });
  expect([...weights.keys()].sort()).toEqual(graph.parameters.map(({ name }) => name).sort());
});

test('a flattened bottleneck says at every place what the pooled one says of the mean', () => {
  const from = ancestor('tiny-0.5-gap');
  const flat = inheritWeights(from, named('tiny-0.5-flat'));
  const kernel = flat.get('bottleneck/kernel');
  const pooled = from.weights.get('bottleneck/kernel');
  const places = (kernel?.shape[0] ?? 0) / (pooled?.shape[0] ?? 1);
  expect(places).toBeGreaterThan(1);
  expect(kernel?.data[0]).toBeCloseTo((pooled?.data[0] ?? 0) / places);
  const back = inheritWeights({ config: named('tiny-0.5-flat'), weights: flat }, from.config);
  expect(Array.from(back.get('bottleneck/kernel')?.data ?? [])).toEqual(
    close(Array.from(pooled?.data ?? [])),
  );
});

test.each([
  ['tiny-1-gap', 'small-1-gap', 'lacks blocks'],
  ['small-1-gap', 'large-0.5-gap', 'lacks blocks'],
])('what %s has not got, %s cannot take: %s', (from, to, why) => {
  expect(() => inheritWeights(ancestor(from), named(to))).toThrow(InputError);
  expect(() => inheritWeights(ancestor(from), named(to))).toThrow(why);
  expect(() => inheritWeights(ancestor(from, 8), named(from))).toThrow('8 values');
});
