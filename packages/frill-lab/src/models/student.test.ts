/** The student against torch, in the reference engine: four networks, both modes, gradients and one step of Adam. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  largestDifference,
  NETWORK_CASES,
  NetworkFixture,
  norm,
  relativeDistance,
} from '../../../../testing/network-fixture.js';
import { adamStep } from '../engine/adam.js';
import { compileReference } from '../engine/reference/reference.js';
import { gradients } from '../graph/autodiff.js';
import type { Value } from '../graph/graph.js';
import type { FloatArray, Tensor } from '../tensor/tensor.js';
import { buildStudent, type DistillationStudent, type StudentOptions } from './student.js';
import type { StudentConfig } from './student-config.js';

/** Relative; the fixture's own bound for float64. */
const TOLERANCE = 1e-6;

describe('networks computed by torch in float64', () => {
  describe.each(NETWORK_CASES)('%s', (name) => {
    const fixture = new NetworkFixture(name);
    const feeds = (student: DistillationStudent): Map<Value, FloatArray> => {
      const { input, target, alpha } = student;
      const fed = new Map<Value, FloatArray>([
        [input, fixture.input()],
        [target, fixture.read('target').data],
      ]);
      if (alpha) fed.set(alpha, Float64Array.of(fixture.case.blend_alpha ?? 1));
      return fed;
    };
    const run = (student: DistillationStudent, outputs: Value[]) =>
      compileReference(student.graph, outputs, fixture.weights).run(feeds(student));
    const build = (options: Pick<StudentOptions, 'mode' | 'lowRank'>) =>
      buildStudent(fixture.config, { batch: 4, targetWidth: fixture.case.target, ...options });

    test('inference', async () => {
      const student = build({ mode: 'inference', lowRank: 'blended' });
      const [embedding, prediction] = await run(student, [student.embedding, student.prediction]);
      expect(relativeDistance(embedding.data, fixture.read('inference_embedding').data)).toBeLessThan(
        TOLERANCE,
      );
      expect(relativeDistance(prediction.data, fixture.read('inference_output').data)).toBeLessThan(
        TOLERANCE,
      );
    });

    describe('a training step', () => {
      const student = build({ mode: 'training' });
      const { graph, embedding, prediction, loss } = student;
      const weights = graph.parameters.filter(({ source }) => source.kind === 'weight');
      const derivatives = gradients(loss, weights);
      const results = new Map<Value, Tensor<FloatArray>>();
      const result = (value: Value) => results.get(value)?.data ?? new Float64Array();
      const gradientOf = (weight: Value) => result(derivatives.get(weight) ?? weight);

      beforeAll(async () => {
        const batchStatistics = graph.statisticUpdates.map(({ batch }) => batch);
        const outputs = [embedding, prediction, loss, ...derivatives.values(), ...batchStatistics];
        for (const [i, tensor] of (await run(student, outputs)).entries()) results.set(outputs[i], tensor);
      });

      test('embedding, prediction and loss', () => {
        expect(relativeDistance(result(embedding), fixture.read('train_embedding').data)).toBeLessThan(
          TOLERANCE,
        );
        expect(relativeDistance(result(prediction), fixture.read('train_output').data)).toBeLessThan(
          TOLERANCE,
        );
        expect(Math.abs(result(loss)[0] / fixture.case.loss - 1)).toBeLessThan(TOLERANCE);
      });

      test('every gradient', () => {
        const flat = fixture.read('gradients');
        expect(weights.map(({ name }) => name).sort()).toEqual(Object.keys(fixture.case.gradients).sort());
        for (const weight of weights) {
          const stored = fixture.case.gradients[weight.name];
          const { expected, actual } = fixture.compare(flat, stored, gradientOf(weight));
          if (stored.exactly_zero) expect(norm(actual), weight.name).toBeLessThan(1e-12);
          else expect(relativeDistance(actual, expected), weight.name).toBeLessThan(TOLERANCE);
        }
      });

      test("the batch's statistics", () => {
        const flat = fixture.read('batch_statistics');
        for (const { statistic, batch } of graph.statisticUpdates) {
          const stored = statistic.name.replace('BatchNorm/moving', 'batch');
          const { expected, actual } = fixture.compare(
            flat,
            fixture.case.batch_statistics[stored],
            result(batch),
          );
          expect(relativeDistance(actual, expected), statistic.name).toBeLessThan(TOLERANCE);
        }
      });

      test('the weights after one step of Adam', () => {
        const flat = fixture.read('after_adam');
        for (const weight of weights) {
          if (fixture.case.gradients[weight.name].exactly_zero) continue;
          const moved = Float64Array.from(fixture.weights.get(weight.name)?.data ?? []);
          const moments = { m: new Float64Array(moved.length), v: new Float64Array(moved.length) };
          adamStep(moved, gradientOf(weight), moments, 1, 1e-3);
          const { expected, actual } = fixture.compare(flat, fixture.case.gradients[weight.name], moved);
          expect(largestDifference(actual, expected), weight.name).toBeLessThan(1e-6);
        }
      });
    });
  });
});

describe('the forms of the bottleneck', () => {
  const config: StudentConfig = {
    size: 'tiny',
    width: 0.5,
    pooling: 'gap',
    compression: { kind: 'low-rank', rank: 4 },
    quantization: 'aware',
    bottleneck: 32,
    input: 'standardise',
  };
  const names = (options: StudentOptions) => {
    const { graph, alpha, bits } = buildStudent(config, options);
    const own = graph.parameters.filter(({ name }) => name.startsWith('bottleneck/'));
    return {
      weights: own.map(({ name }) => name.slice('bottleneck/'.length)),
      inputs: [alpha?.name, bits?.name],
    };
  };

  test('while training the full kernel is blended in, and all weights are quantised on the fly', () => {
    expect(names({ batch: 1, mode: 'training' })).toEqual({
      weights: ['bias', 'kernel', 'factor_b', 'factor_c'],
      inputs: ['alpha', 'bits'],
    });
  });

  test('for inference there are two exact factors', () => {
    expect(names({ batch: 1, mode: 'inference' })).toEqual({
      weights: ['bias', 'factor_b', 'factor_c'],
      inputs: [undefined, undefined],
    });
  });

  test('the factors can be trained alone, quantised or not', () => {
    const factored = { batch: 1, mode: 'training', lowRank: 'factored' } as const;
    expect(names(factored).inputs).toEqual([undefined, 'bits']);
    expect(names({ ...factored, weights: 'exact' }).inputs).toEqual([undefined, undefined]);
  });
});
