import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../run/progress.js';
import type { Checkpoint } from './checkpoint.js';
import { readHistory } from './history.js';
import { runTraining, type Trainee, TrainingError, type TrainingRun } from './training-run.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const settings = (): TrainingRun => ({
  title: 'fit',
  name: 'fit/1',
  folder,
  steps: 20,
  batch: 1,
  learningRate: { kind: 'warmup-cosine', rate: 0.3, warmup: 2, floor: 0.1 },
  recordEvery: 3,
  validateEvery: 10,
  checkpointEvery: 4,
  progress: silent,
});

/** Gradient descent on (x - 5)^2 / 2; `sabotage` is what happens before a step. */
function parabola(sabotage: (step: number) => void = () => {}) {
  return async (checkpoint: Checkpoint | undefined): Promise<Trainee & { x: Float32Array }> => {
    const x = Float32Array.from(checkpoint?.sections.weights.get('x')?.data ?? [0]);
    return {
      x,
      step: async (step, rate) => {
        sabotage(step);
        const error = x[0] - 5;
        x[0] -= rate * error;
        return error ** 2 / 2;
      },
      validate: async () => ({ loss: (x[0] - 5) ** 2 / 2, explained: x[0] / 5 }),
      state: () => ({ weights: new Map([['x', { shape: [1], data: x }]]) }),
      diagnose: () => ({ what: 'the loss is not finite', remedy: 'Lower the learning rate' }),
      close: async () => {},
    };
  };
}

test('a training records, validates and keeps two checkpoints', async () => {
  const { trainee, history } = await runTraining(settings(), parabola());
  expect(Math.abs(trainee.x[0] - 5)).toBeLessThan(1);
  expect(await readHistory(folder)).toEqual(history);
  expect(history.map(({ step }) => step)).toEqual([3, 4, 6, 8, 9, 10, 12, 15, 16, 18, 20]);
  expect(history.filter((record) => 'validationLoss' in record).map(({ step }) => step)).toEqual([10, 20]);
  expect(history.at(-1)?.explained).toBeCloseTo(trainee.x[0] / 5, 6);
  expect(history[0].loss).toBeGreaterThan(history.at(-1)?.loss ?? Number.NaN);
  const files = await readdir(folder);
  expect(files.filter((name) => name.startsWith('checkpoint'))).toEqual([
    'checkpoint-00000012.safetensors',
    'checkpoint-00000016.safetensors',
  ]);
});

test('killed at any step, it ends where an uninterrupted one ends, and history has no step twice', async () => {
  const { trainee } = await runTraining({ ...settings(), folder: join(folder, 'whole') }, parabola());
  for (const fatal of [2, 7, 13]) {
    const killed = runTraining(
      settings(),
      parabola((step) => {
        if (step === fatal) throw new Error('killed');
      }),
    );
    await expect(killed).rejects.toThrow('killed');
  }
  const resumed = await runTraining(settings(), parabola());
  expect(resumed.trainee.x).toEqual(trainee.x);
  const steps = (await readHistory(folder)).map(({ step }) => step);
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
});

test('stopped by a signal, it loses no step', async () => {
  const stop = new AbortController();
  const done: number[] = [];
  const first = runTraining(
    { ...settings(), signal: stop.signal },
    parabola((step) => {
      done.push(step);
      if (step === 5) stop.abort();
    }),
  );
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  await runTraining(
    settings(),
    parabola((step) => done.push(step)),
  );
  expect(done).toEqual(Array.from({ length: 20 }, (_, step) => step));
});

test('a loss that is not finite stops the training, with the step and what to do', async () => {
  const exploding = { ...settings(), learningRate: { kind: 'constant', rate: 1e30 } as const };
  const failing = runTraining(exploding, parabola());
  await expect(failing).rejects.toThrow(TrainingError);
  await expect(failing).rejects.toThrow(/not finite at step \d.*Lower the learning rate/);
});

test('other settings do not continue this folder', async () => {
  await runTraining(settings(), parabola());
  await expect(runTraining({ ...settings(), name: 'fit/2' }, parabola())).rejects.toThrow('other settings');
});
