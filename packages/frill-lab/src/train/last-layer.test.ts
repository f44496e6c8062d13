import { expect, test } from 'vitest';
import { compileOrt } from '../engine/ort/compile.js';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { random } from '../tensor/random.js';
import { distillationOptionsSchema } from './distillation-options.js';
import { fitLastLayer } from './last-layer.js';
import { TargetScale } from './target-scale.js';
import { phaseAt } from './training-phase.js';
import { validateStudent } from './validation.js';

const config = parseStudentName('tiny-0.5-gap', { bottleneck: 4 });
const [ROWS, BATCH, WINDOW] = [64, 8, 96 * 64];
const session = { threads: 1 };

/** Embeddings of random windows by an untrained student, and a teacher that turns, stretches and moves them. */
async function scene(head: 'linear' | 'none') {
  const noise = random('windows');
  const levels = Float32Array.from({ length: ROWS }, () => noise.normal());
  const windows = Float32Array.from(
    { length: ROWS * WINDOW },
    (_, i) => levels[Math.floor(i / WINDOW)] * Math.sin(i % 64) + noise.normal(),
  );
  const student = buildStudent(config, { batch: BATCH, mode: 'inference', targetWidth: 4, head });
  const weights = initialise(student.graph, 'seed');
  // Without training, a signal dies out on its way through the layers.
  for (const [name, { data }] of weights) if (name.endsWith('/gamma')) data.fill(4);
  const program = await compileOrt(student.graph, [student.embedding], weights, session);
  const targets = new Float32Array(ROWS * 4);
  for (let row = 0; row < ROWS; row += BATCH) {
    const [{ data }] = await program.run(
      new Map([[student.input, windows.subarray(row * WINDOW, (row + BATCH) * WINDOW)]]),
    );
    for (let i = 0; i < data.length; i++)
      targets[row * 4 + i] = (i % 4) + 3 * data[i - (i % 4) + (3 - (i % 4))] - data[i - (i % 4)];
  }
  await program.close();
  const mean = Float32Array.from({ length: 4 }, (_, i) => meanOf(targets, i));
  const deviation = mean.map((at, i) => Math.sqrt(meanOf(targets, i, (x) => (x - at) ** 2)));
  const rows = (from: Float32Array, width: number) => ({
    rows: ROWS,
    width,
    about: 'made up',
    read: async (wanted: ArrayLike<number>, into: Float32Array) => {
      for (let i = 0; i < wanted.length; i++)
        into.set(from.subarray(wanted[i] * width, (wanted[i] + 1) * width), i * width);
    },
    close: async () => {},
  });
  const all = Uint32Array.from({ length: ROWS }, (_, i) => i);
  const data = {
    name: 'made up',
    features: rows(windows, WINDOW),
    targets: rows(targets, 4),
    featureStatistics: { mean: new Float32Array(64), deviation: new Float32Array(64).fill(1) },
    split: { train: all, validation: all },
  };
  const options = distillationOptionsSchema.parse({ steps: 1, batch: BATCH, head, targets: 'centred' });
  const phase = phaseAt(config, options, 0);
  const targetStatistics = { mean, deviation };
  return { student, phase, weights, data, options, session, targetStatistics };
}

function meanOf(values: Float32Array, column: number, of = (x: number) => x): number {
  return values.reduce((sum, x, i) => (i % 4 === column ? sum + of(x) : sum), 0) / ROWS;
}

test.each(['linear', 'none'] as const)(
  'says what another teacher says of a student, head %s',
  async (head) => {
    const scenery = await scene(head);
    const { options, targetStatistics } = scenery;
    expect((await validateStudent(scenery))?.explained).toBeLessThan(0.9);
    await fitLastLayer({ ...scenery, scale: TargetScale.of(options.targets, targetStatistics) });
    expect((await validateStudent(scenery))?.explained).toBeGreaterThan(0.99);
  },
);
