import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { machineStateSchema, watchMachine } from './machine-watch.js';

test('a look tells plausible numbers', async () => {
  const watch = watchMachine();
  watch.look();
  await watch.wait(0.2);
  const state = machineStateSchema.parse(watch.look());
  expect(state.referenceMs).toBeGreaterThan(0.05);
  expect(state.referenceMs).toBeLessThan(500);
  expect(state.stolen).toBeGreaterThanOrEqual(0);
  expect(state.stolen).toBeLessThanOrEqual(1);
});

test('the work of another process is seen, and our own is not taken for it', async () => {
  const watch = watchMachine();
  watch.look();
  const other = execFile(process.execPath, [
    '-e',
    'const end = Date.now() + 20000; while (Date.now() < end);',
  ]);
  await watch.wait(0.5);
  watch.look();
  await watch.wait(2);
  const busy = watch.look().othersCores;
  other.kill('SIGKILL');
  // On a machine that is full already the process gets its share only.
  expect(busy).toBeGreaterThan(0.2);
  // What we compute ourselves leaves that much less for others.
  const own = process.cpuUsage();
  const began = performance.now();
  while (performance.now() < began + 1000);
  const { user, system } = process.cpuUsage(own);
  const ownCores = (user + system) / 1000 / (performance.now() - began);
  expect(watch.look().othersCores).toBeLessThan(availableParallelism() - ownCores + 0.3);
});
