import { expect, test } from 'vitest';
import { initialise } from '../../models/initialise.js';
import { buildStudent } from '../../models/student.js';
import { parseStudentName } from '../../models/student-config.js';
import { buildTrill, trillConfigSchema } from '../../models/trill.js';
import { random } from '../../tensor/random.js';
import { sizeOf } from '../../tensor/tensor.js';
import { gpuForm } from './gpu-form.js';
import { GraphWriter } from './graph-writer.js';
import { providerOf } from './provider.js';
import { Session } from './session.js';
import {
  referenceStep,
  refuseOther,
  refuseOtherRow,
  type StepAnswer,
  stepBy,
  type TrainedNetwork,
  trustProvider,
} from './trust.js';

const CONFIG = parseStudentName('tiny-0.5-gap', { bottleneck: 16 });

function student(batch: number): TrainedNetwork {
  const { graph, loss, input, target } = buildStudent(CONFIG, { batch, mode: 'training', targetWidth: 8 });
  const numbers = random('trust');
  const draw = (length: number) => Float32Array.from({ length }, () => numbers.normal());
  const feeds = new Map([
    [input, draw(sizeOf(input.shape))],
    [target, draw(sizeOf(target.shape))],
  ]);
  return { graph, loss, feeds };
}

const WEIGHTS = initialise(student(2).graph, 'trust');
const SESSION = { threads: 1, provider: 'cpu' } as const;

/** An answer with the first value of one gradient moved by a share of that gradient's length. */
function wrong(answer: StepAnswer, share: number): StepAnswer {
  const [name, gradient] =
    [...answer.gradients].find(([weight]) => weight.endsWith('bottleneck/kernel')) ?? [];
  if (!name || !gradient) throw new Error('the network has no bottleneck');
  const moved = gradient.slice();
  moved[0] += share * Math.hypot(...gradient);
  return { ...answer, gradients: new Map([...answer.gradients, [name, moved]]) };
}

test('the processor in place of a GPU passes for a student', async () => {
  await trustProvider({ build: student, weights: WEIGHTS, batch: 4, session: SESSION });
});

test('the processor in place of a GPU passes for a TRILL', async () => {
  const config = trillConfigSchema.parse({ stem: 4, widths: [4, 8], depths: [1, 1], embedding: 8 });
  const build = (batch: number): TrainedNetwork => {
    const { graph, loss, input, labels } = buildTrill(config, { batch, mode: 'training' });
    const numbers = random('trill');
    const windows = Float32Array.from({ length: sizeOf(input.shape) }, () => numbers.normal(-3, 2));
    const feeds = new Map([
      [input, windows],
      [labels, Float32Array.from({ length: batch }, (_, i) => i >> 1)],
    ]);
    return { graph, loss, feeds };
  };
  const weights = initialise(build(4).graph, 'trill');
  await trustProvider({ build, weights, few: 4, batch: 6, session: SESSION });
});

test('a wrong gradient, a wrong loss and one that is not finite are refused by name', async () => {
  const expected = await referenceStep(student(2), WEIGHTS);
  const found = await stepBy(student(2), WEIGHTS, SESSION);
  refuseOther(expected, wrong(found, 0.005), 'webgpu');
  expect(() => refuseOther(expected, wrong(found, 0.05), 'webgpu')).toThrow(
    /webgpu computes something else than the definition.*gradient of bottleneck\/kernel differs by 5\.0 %, and 1 of \d+/s,
  );
  expect(() => refuseOther(expected, wrong(found, Number.NaN), 'cuda')).toThrow(/cuda.*is not finite/s);
  expect(() => refuseOther(expected, { ...found, loss: 1.02 * found.loss }, 'cuda')).toThrow(
    /the loss differs by 2\.0 %/,
  );
  expect(() => refuseOther(expected, { ...found, gradients: new Map() }, 'cuda')).toThrow(/is not finite/);
});

test('a row of other values is refused, and one that is equal up to rounding is not', () => {
  const row = Float32Array.from({ length: 8 }, (_, i) => i);
  const near = row.map((value) => value * 1.001);
  refuseOtherRow(row, near, 'webgpu', 'trill');
  expect(() => refuseOtherRow(row, near.toReversed(), 'webgpu', 'trill')).toThrow(/trill: webgpu computes/);
});

test('the form for GPUs computes the same, without batch normalisation in training mode', async () => {
  const { graph, loss, feeds } = student(2);
  const writer = new GraphWriter();
  for (const parameter of graph.parameters)
    writer.embed(parameter, WEIGHTS.get(parameter.name)?.data ?? new Float32Array());
  const names = [...feeds.keys()].map((value) => writer.feed(value));
  // Means behind a normalisation are zero but for rounding; variances are not.
  const statistics = graph.statisticUpdates.flatMap(({ batch, mean }) => (mean ? [batch] : []));
  writer.write([loss, ...statistics]);
  const wanted = [loss, ...statistics].map((value) => ({ value, name: writer.fetch(value) }));
  const model = writer.model();
  const training = (form: typeof model) =>
    form.nodes.filter(({ attributes }) => attributes.training_mode === 1);
  expect(training(model).length).toBeGreaterThan(10);
  expect(training(gpuForm(model))).toEqual([]);

  const run = async (form: typeof model) => {
    const session = await Session.create(form, { threads: 1 });
    const results = wanted.map(({ value }) => new Float32Array(sizeOf(value.shape)));
    const fed = [...feeds.values()].map((data, i) => [
      names[i],
      session.bind(names[i], Float32Array.from(data)),
    ]);
    const fetched = wanted.map(({ name }, i) => [name, session.bind(name, results[i])]);
    await session.run(Object.fromEntries(fed), Object.fromEntries(fetched));
    await session.close();
    return results;
  };
  const [usual, forGpus] = [await run(model), await run(gpuForm(model))];
  for (const [i, values] of usual.entries()) refuseOtherRow(values, forGpus[i], 'cpu', wanted[i].name);
});

test('the processor is always there; without a GPU each provider says what it lacks', async () => {
  expect(await providerOf('cpu')).toBe('cpu');
  const found = await providerOf('gpu').catch((error: unknown) => String(error));
  // Where a GPU is there, it is one of these.
  if (found !== 'cuda' && found !== 'webgpu')
    expect(found).toMatch(
      /--device gpu: onnxruntime finds no GPU .*cuda: .*needs.*webgpu: .*needs.*leave --device out/s,
    );
});
