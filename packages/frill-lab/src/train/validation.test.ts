import { expect, it } from 'vitest';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { distillationOptionsSchema } from './distillation-options.js';
import { phaseAt } from './training-phase.js';
import { validateStudent } from './validation.js';

const config = parseStudentName('tiny-0.5-gap', { bottleneck: 8 });
/** Two values of four windows; the last of them lies ten deviations out. */
const RAW = [1, 0, 3, 0, 1, 0, 3, 10];
const targetStatistics = { mean: Float32Array.of(2, 0), deviation: Float32Array.of(1, 1) };

/** Rows of as many values, `valueAt` by position. */
function matrix(width: number, valueAt: (position: number) => number) {
  const read = async (rows: ArrayLike<number>, into: Float32Array) => {
    for (let i = 0; i < rows.length * width; i++)
      into[i] = valueAt(rows[Math.floor(i / width)] * width + (i % width));
  };
  return { rows: 4, width, about: 'made up', read, close: async () => {} };
}

/** Validates a student whose head is its bias alone. */
async function validateConstant(targets: 'raw' | 'standardised', bias: readonly number[]) {
  const options = distillationOptionsSchema.parse({ steps: 1, batch: 3, targets });
  const phase = phaseAt(config, options, 0);
  const student = buildStudent(config, { batch: 3, mode: 'inference', targetWidth: 2 });
  const weights = initialise(student.graph, 'seed');
  weights.get('embedding_to_target/kernel')?.data.fill(0);
  weights.get('embedding_to_target/bias')?.data.set(bias);
  const data = {
    name: 'made up',
    features: matrix(96 * 64, () => 0),
    targets: matrix(2, (position) => RAW[position]),
    featureStatistics: { mean: new Float32Array(64), deviation: new Float32Array(64).fill(1) },
    split: { train: Uint32Array.of(), validation: Uint32Array.of(0, 1, 2, 3) },
  };
  return validateStudent({
    student,
    phase,
    weights,
    data,
    targetStatistics,
    options,
    session: { threads: 1 },
  });
}

it('explains nothing with the mean, also where a value lies beyond the limit of targets', async () => {
  const standardised = await validateConstant('standardised', [0, 0]);
  expect(standardised?.explained).toBe(0);
  // Of limited values: the outlier counts as three deviations.
  expect(standardised?.loss).toBeCloseTo((4 + 9) / 8, 6);
  expect((await validateConstant('raw', [2, 0]))?.explained).toBe(0);
});

it('explains less than nothing where it is farther from the raw values than the mean', async () => {
  // Raw squares around the mean are 104; around these constants they are 4 + 3 * 4 + 64 = 80, and 8 + 100.
  expect((await validateConstant('standardised', [0, 2]))?.explained).toBeCloseTo(1 - 80 / 104, 6);
  expect((await validateConstant('standardised', [1, 0]))?.explained).toBeCloseTo(1 - 108 / 104, 6);
});
