import { expect, test } from 'vitest';
import { summariseDisturbance } from './disturbance.js';
import { DEFAULT_PROTOCOL } from './latency-protocol.js';
import type { MachineState, MachineWatch } from './machine-watch.js';
import { QuietRounds } from './quiet-rounds.js';

const CALM: MachineState = { referenceMs: 1, othersCores: 0, stolen: 0 };

/** A machine whose state is told by a function of time, with a model whose inferences slow down by what disturbs. */
function machine(stateAt: (seconds: number) => MachineState) {
  let now = 0;
  const watch: MachineWatch = {
    look: () => stateAt(now / 1000),
    wait: async (seconds) => {
      now += 1000 * seconds;
    },
  };
  const subject = {
    name: 'a',
    path: 'model' as const,
    content: 'a',
    load: async () => ({
      run: async () => {
        const { referenceMs, othersCores } = stateAt(now / 1000);
        now += 10 * referenceMs * (1 + othersCores);
      },
      close: () => {},
    }),
  };
  return { watch, subject, clock: () => now };
}

const protocol = { ...DEFAULT_PROTOCOL, patience: 5 };

test('on a quiet machine each round is timed once', async () => {
  const { watch, subject, clock } = machine(() => CALM);
  const rounds = new QuietRounds(watch, protocol, clock);
  for (let i = 0; i < 3; i++)
    expect((await rounds.time(subject)).samples.every((ms) => ms === 10)).toBe(true);
  expect(rounds).toMatchObject({ measurements: 3, repeated: 0, disturbed: 0, waitedSeconds: 0 });
});

test.each<[string, Partial<MachineState>, RegExp]>([
  ['a throttled core', { referenceMs: 1.5 }, /1\.50 times as slow/],
  ['other programs', { othersCores: 0.8 }, /other programs used 0\.80 cores/],
  ['a host that takes its time', { stolen: 0.2 }, /the host took 20 %/],
])('%s: the round is timed again when it is over', async (_, disturbed, words) => {
  const { watch, subject, clock } = machine((seconds) => (seconds < 2 ? { ...CALM, ...disturbed } : CALM));
  const said: string[] = [];
  const rounds = new QuietRounds(watch, protocol, clock, (what) => said.push(what));
  // The machine has been seen at its best.
  rounds.recall(CALM);
  const { samples, machine: state } = await rounds.time(subject);
  expect(state).toEqual(CALM);
  expect(samples.every((ms) => ms === 10)).toBe(true);
  expect(rounds).toMatchObject({ measurements: 2, repeated: 1, disturbed: 0 });
  expect(rounds.waitedSeconds).toBeGreaterThan(0.5);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(words);
});

test('where it never gets quiet, patience ends, and the disturbed rounds are counted', async () => {
  const { watch, subject, clock } = machine(() => ({ ...CALM, othersCores: 1 }));
  const rounds = new QuietRounds(watch, { ...protocol, patience: 0.5 }, clock);
  const states = [];
  for (let i = 0; i < 10; i++) states.push((await rounds.time(subject)).machine);
  expect(rounds.disturbed).toBe(10);
  expect(rounds.repeated).toBeGreaterThan(0);
  // Waiting and repeating take half of the time of ten rounds, and a round more where the limit is met.
  const roundSeconds = 35 * 0.02;
  expect(clock() / 1000).toBeLessThan(10 * roundSeconds * 1.5 + 2 * roundSeconds);
  const summary = summariseDisturbance(states, rounds.fastestReferenceMs, rounds);
  expect(summary).toMatchObject({ disturbed: 10, othersCores: { median: 1, worst: 1 } });
});

test('of disturbed tries the least disturbed is kept', async () => {
  const othersAt = (seconds: number) => (seconds < 10 ? 0.9 : seconds < 25 ? 0.4 : 0.7);
  const { watch, subject, clock } = machine((seconds) => ({ ...CALM, othersCores: othersAt(seconds) }));
  const rounds = new QuietRounds(watch, { ...protocol, patience: 1000 }, clock);
  expect((await rounds.time(subject)).machine.othersCores).toBe(0.4);
  expect(rounds).toMatchObject({ measurements: 3, repeated: 2, disturbed: 1 });
});
