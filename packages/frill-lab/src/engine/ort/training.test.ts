import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  largestDifference,
  NETWORK_CASES,
  NetworkFixture,
  norm,
  relativeDistance,
} from '../../../../../testing/network-fixture.js';
import type { Value } from '../../graph/graph.js';
import { initialise } from '../../models/initialise.js';
import { buildStudent, type DistillationStudent } from '../../models/student.js';
import { random } from '../../tensor/random.js';
import type { FloatArray } from '../../tensor/tensor.js';
import { compileOrt } from './compile.js';
import { compileTraining, type TrainingProgram, type TrainingState } from './training.js';

describe('networks computed by torch in float64', () => {
  describe.each(NETWORK_CASES)('%s', (name) => {
    const fixture = new NetworkFixture(name);
    const build = (mode: 'training' | 'inference') =>
      buildStudent(fixture.config, { batch: 4, targetWidth: fixture.case.target, mode, lowRank: 'blended' });
    const feeds = ({ input, target, alpha }: DistillationStudent): Map<Value, FloatArray> => {
      const fed = new Map<Value, FloatArray>([
        [input, fixture.input()],
        [target, fixture.read('target').data],
      ]);
      if (alpha) fed.set(alpha, Float64Array.of(fixture.case.blend_alpha ?? 1));
      return fed;
    };

    test.each(['inference', 'training'] as const)('outputs in %s', async (mode) => {
      const student = build(mode);
      const { graph, embedding, prediction } = student;
      const program = await compileOrt(graph, [embedding, prediction], fixture.weights, { threads: 1 });
      const [first, second] = await program.run(feeds(student));
      await program.close();
      const prefix = mode === 'training' ? 'train' : 'inference';
      expect(relativeDistance(first.data, fixture.read(`${prefix}_embedding`).data)).toBeLessThan(1e-4);
      expect(relativeDistance(second.data, fixture.read(`${prefix}_output`).data)).toBeLessThan(1e-4);
    });

    describe('a training step', () => {
      let program: TrainingProgram;
      let loss: number;
      beforeAll(async () => {
        const student = build('training');
        const { graph } = student;
        program = await compileTraining(graph, student.loss, { threads: 1, weights: fixture.weights });
        ({ loss } = await program.step(feeds(student), 1e-3));
        return () => program.close();
      });

      test('loss', () => {
        expect(Math.abs(loss / fixture.case.loss - 1)).toBeLessThan(1e-4);
      });

      test('gradients, each and all together', () => {
        const flat = fixture.read('gradients');
        const all: { expected: number[]; actual: number[] } = { expected: [], actual: [] };
        let zeros = 0;
        for (const [weight, { data }] of program.gradients()) {
          const stored = fixture.case.gradients[weight];
          const { expected, actual } = fixture.compare(flat, stored, data);
          if (stored.exactly_zero) {
            // What rounding leaves there has nothing of its own size to be held against.
            const whole = fixture.case.gradient_norm_of_all_parameters;
            expect(norm(actual), weight).toBeLessThan(1e-4 * whole);
            zeros++;
            continue;
          }
          expect(relativeDistance(actual, expected), weight).toBeLessThan(1e-3);
          for (const value of expected) all.expected.push(value);
          for (const value of actual) all.actual.push(value);
        }
        expect(zeros).toBeGreaterThan(0);
        const gradients = Object.values(fixture.case.gradients).filter((stored) => !stored.exactly_zero);
        expect(all.expected.length).toBe(gradients.reduce((sum, { count }) => sum + count, 0));
        const distance = relativeDistance(Float64Array.from(all.actual), Float64Array.from(all.expected));
        expect(distance).toBeLessThan(1e-3);
      });

      test('running statistics moved towards those of the batch', () => {
        const flat = fixture.read('batch_statistics');
        const moved = program.weights();
        for (const [statistic, { data: start }] of fixture.weights) {
          if (!statistic.includes('moving')) continue;
          const stored = fixture.case.batch_statistics[statistic.replace('BatchNorm/moving', 'batch')];
          const { expected, actual: old } = fixture.compare(flat, stored, start);
          const { actual: now } = fixture.compare(flat, stored, moved.get(statistic)?.data ?? start);
          const batch = now.map((value, i) => (value - 0.999 * old[i]) / 0.001);
          expect(relativeDistance(batch, expected), statistic).toBeLessThan(1e-4);
        }
      });

      test('the weights after one step of Adam', () => {
        const flat = { weights: fixture.read('after_adam'), gradients: fixture.read('gradients') };
        const moved = program.weights();
        let [compared, all] = [0, 0];
        for (const weight of program.gradients().keys()) {
          const stored = fixture.case.gradients[weight];
          if (stored.exactly_zero) continue;
          const { data } = moved.get(weight) ?? { data: new Float32Array() };
          const { expected, actual } = fixture.compare(flat.weights, stored, data);
          const { expected: gradient } = fixture.compare(flat.gradients, stored, data);
          // Adam's first step is the sign of the gradient: one that is near zero may go either way.
          const isCertain = (i: number) => Math.abs(gradient[i]) > 1e-2 * stored.max_abs;
          const certain = [...expected.keys()].filter(isCertain);
          const at = (values: FloatArray) => Float64Array.from(certain, (i) => values[i]);
          expect(largestDifference(at(actual), at(expected)), weight).toBeLessThan(1e-5);
          compared += certain.length;
          all += expected.length;
        }
        // Few gradients are too small to be certain.
        expect(compared).toBeGreaterThan(0.6 * all);
      });
    });
  });
});

describe('a training', () => {
  const student = () =>
    buildStudent(
      {
        size: 'tiny',
        width: 0.5,
        pooling: 'gap',
        compression: { kind: 'low-rank', rank: 4 },
        quantization: 'aware',
        bottleneck: 32,
        input: 'standardise',
      },
      { batch: 4, mode: 'training', targetWidth: 16 },
    );
  const batch = ({ input, target, alpha, bits }: DistillationStudent, step: number) => {
    const numbers = random(`batch ${step}`);
    const draw = (length: number) => Float32Array.from({ length }, () => numbers.normal());
    const feeds = new Map<Value, FloatArray>([
      [input, draw(4 * 96 * 64)],
      [target, draw(4 * 16)],
    ]);
    if (alpha) feeds.set(alpha, Float32Array.of(0.5));
    if (bits) feeds.set(bits, Float32Array.of(8));
    return feeds;
  };
  interface Opened {
    readonly built: DistillationStudent;
    readonly program: TrainingProgram;
  }
  const open = async (threads: number): Promise<Opened> => {
    const built = student();
    const weights = initialise(built.graph, 'training');
    return { built, program: await compileTraining(built.graph, built.loss, { threads, weights }) };
  };
  const copy = ({ steps, ...tensors }: TrainingState): TrainingState => {
    const [weights, firstMoments, secondMoments] = [
      tensors.weights,
      tensors.firstMoments,
      tensors.secondMoments,
    ].map(
      (part) => new Map([...part].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }])),
    );
    return { steps, weights, firstMoments, secondMoments };
  };
  const digest = ({ steps, ...tensors }: TrainingState): string => {
    const hash = createHash('sha1').update(String(steps));
    for (const part of Object.values(tensors)) for (const { data } of part.values()) hash.update(data);
    return hash.digest('hex');
  };
  /** Steps `from` to `to`; the state before step 2 and a digest of the state at the end. */
  const train = async ({ built, program }: Opened, from: number, to: number) => {
    let middle = copy(program.state());
    for (let step = from; step < to; step++) {
      if (step === 2) middle = copy(program.state());
      await program.step(batch(built, step), 1e-3);
    }
    return { middle, bits: digest(program.state()) };
  };
  let opened: Opened;
  let start: TrainingState;
  beforeAll(async () => {
    opened = await open(1);
    start = copy(opened.program.state());
    return () => opened.program.close();
  });
  beforeEach(() => opened.program.restore(start));

  test('has equal bits when repeated, and when interrupted and restored', async () => {
    const [once, again] = [await open(2), await open(2)];
    const { middle, bits } = await train(once, 0, 4);
    expect((await train(again, 0, 4)).bits).toBe(bits);
    expect(middle.steps).toBe(2);
    again.program.restore(middle);
    expect((await train(again, 2, 4)).bits).toBe(bits);
    for (const { program } of [once, again]) await program.close();
  });

  test('a loss that is not finite is reported and moves nothing', async () => {
    const { built, program } = opened;
    const feeds = batch(built, 0);
    feeds.get(built.target)?.fill(Number.NaN);
    expect((await program.step(feeds, 1e-3)).loss).toBeNaN();
    expect(digest(program.state())).toBe(digest(start));
  });

  test('weights that are missing or of another shape are named', async () => {
    const built = student();
    const weights = initialise(built.graph, 'training');
    weights.delete('bottleneck/bias');
    await expect(compileTraining(built.graph, built.loss, { threads: 1, weights })).rejects.toThrow(
      'bottleneck/bias is missing',
    );
  });

  test('learns one batch by heart', async () => {
    const { built, program } = opened;
    const feeds = batch(built, 0);
    const first = (await program.step(feeds, 3e-3)).loss;
    for (let step = 0; step < 40; step++) await program.step(feeds, 3e-3);
    expect((await program.step(feeds, 3e-3)).loss).toBeLessThan(first / 10);
  });
});
