import { expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { measureLatency } from './latency.js';
import { DEFAULT_PROTOCOL } from './latency-protocol.js';
import { latencyReportSchema } from './latency-report.js';
import type { MachineWatch } from './machine-watch.js';
import { indistinguishable } from './repeatability.js';
import type { RoundRecord } from './round-store.js';
import { protocolSeconds } from './timed-runs.js';

/** A machine whose clock moves only when something runs; it slows down over time and compiles at first. */
function machine() {
  let now = 0;
  let total = 0;
  const noise = random('machine');
  const subject = (name: string, milliseconds: number) => ({
    name,
    path: 'model' as const,
    content: name,
    load: async () => {
      now += 50;
      return {
        run: async () => {
          total++;
          const compiling = total < 200 ? 5 : 1;
          const drift = 1 + now / 60_000;
          now += milliseconds * compiling * drift * (1 + 0.01 * noise.uniform());
        },
        close: () => {},
      };
    },
  });
  return { subject, clock: () => now };
}

const quick = { ...DEFAULT_PROTOCOL, warmupSeconds: 2.2, secondsPerRound: 0.02, extraRounds: 0 };

const watch: MachineWatch = {
  look: () => ({ referenceMs: 1, othersCores: 0, stolen: 0 }),
  wait: async () => {},
};

test('drift hits all alike: ratios hold although the machine slows down while measuring', async () => {
  const { subject, clock } = machine();
  const report = await measureLatency([subject('a', 2), subject('b', 3), subject('c', 6)], {
    protocol: quick,
    clock,
    watch,
  });
  // Plain data: nothing is lost on its way through a file, or from a worker to a page.
  expect(structuredClone(report)).toEqual(
    latencyReportSchema.strict().parse(JSON.parse(JSON.stringify(report))),
  );
  const [a, b, c] = report.models.map((model) => model.medianMs);
  expect(b / a).toBeCloseTo(1.5, 1);
  expect(c / a).toBeCloseTo(3, 0);
  expect(report.models[0].coldMs).toBe(50);
  expect(report.models[0].firstMs).toBeGreaterThan(9);
  expect(report.models[0].warmup.runs).toBeGreaterThan(200);
  expect(report.models[0].rounds).toHaveLength(quick.rounds);
});

test('models closer than a re-run of the same model are named', async () => {
  const { subject, clock } = machine();
  const report = await measureLatency([subject('a', 2), subject('same', 2), subject('slow', 9)], {
    protocol: quick,
    clock,
    watch,
  });
  expect(report.repeatability.reference).toBe('a');
  expect(indistinguishable(report).map((pair) => pair.sort())).toEqual([['a', 'same']]);
});

test('a model that never gets steady ends its warm-up by time and says so', async () => {
  let now = 0;
  let runs = 0;
  const wild = {
    name: 'wild',
    path: 'model' as const,
    content: 'wild',
    load: async () => ({
      run: async () => {
        now += Math.floor(runs++ / 20) % 2 ? 1 : 10;
      },
      close: () => {},
    }),
  };
  const report = await measureLatency([wild], {
    protocol: { ...quick, warmupSeconds: 0.1, warmupLimitSeconds: 2 },
    clock: () => now,
    watch,
  });
  expect(report.models[0].warmup.steady).toBe(false);
  expect(report.models[0].warmup.seconds).toBeGreaterThanOrEqual(2);
});

test('a measurement that was interrupted goes on: kept rounds are not measured again', async () => {
  const { subject, clock } = machine();
  let loads = 0;
  const subjects = [subject('a', 2), subject('b', 3)].map((one) => ({
    ...one,
    load: () => {
      loads++;
      return one.load();
    },
  }));
  const kept: RoundRecord[] = [];
  const stopping = new AbortController();
  const store = {
    kept,
    add: async (record: RoundRecord) => {
      kept.push(record);
      if (kept.length === 7) stopping.abort();
    },
  };
  await expect(
    measureLatency(subjects, { protocol: quick, clock, watch, store, signal: stopping.signal }),
  ).rejects.toThrow();
  const before = [...kept];
  loads = 0;
  const report = await measureLatency(subjects, { protocol: quick, clock, watch, store });
  // Three entries, the reference among them, of which 7 of 15 rounds are there; each is warmed up once more.
  expect(loads).toBe(3 + 8);
  expect(kept.slice(0, 7)).toEqual(before);
  for (const { entry, round, samples, start } of before.filter(({ entry }) => entry < 2)) {
    expect(report.models[entry].rounds[round]).toBe(samples);
    if (start) expect(report.models[entry].warmup).toEqual(start.warmup);
  }
  // Others by name, content or protocol are measured anew.
  loads = 0;
  const [first, second] = subjects;
  await measureLatency([first, { ...second, content: 'retrained' }], {
    protocol: quick,
    clock,
    watch,
    store,
  });
  expect(loads).toBe(3 + 15);
  loads = 0;
  await measureLatency(subjects, { protocol: { ...quick, rounds: 2 }, clock, watch, store });
  expect(loads).toBe(3 + 6);
});

test('of many subjects several are references, and the one that differs most is told', async () => {
  const { subject, clock } = machine();
  const subjects = Array.from({ length: 101 }, (_, i) => subject(`m${i}`, i === 50 ? 2 : 4));
  // The second reference becomes slower with every run.
  let runs = 0;
  const { load } = subjects[50];
  subjects[50].load = async () => {
    const loaded = await load();
    const run = async () => {
      for (let i = 0; i < 1 + runs++ / 50; i++) await loaded.run();
    };
    return { ...loaded, run };
  };
  const protocol = { ...quick, warmupSeconds: 0, warmupLimitSeconds: 0.1, runsPerRound: 3, rounds: 2 };
  const { models, repeatability } = await measureLatency(subjects, { protocol, clock, watch });
  expect(models).toHaveLength(101);
  expect(repeatability.reference).toBe('m50');
});

test.each([2, 40])('what a measurement takes is known beforehand: %d ms a run', async (milliseconds) => {
  let now = 0;
  const run = async () => {
    now += milliseconds;
  };
  const steady = {
    name: 'steady',
    path: 'model' as const,
    content: 'steady',
    load: async () => ({ run, close: () => {} }),
  };
  await measureLatency([steady], { clock: () => now, watch });
  // It is its own reference.
  const foreseen = 2 * protocolSeconds(DEFAULT_PROTOCOL, milliseconds / 1000);
  expect(now / 1000 / foreseen).toBeGreaterThan(0.95);
  expect(now / 1000 / foreseen).toBeLessThan(1.05);
});

test('a model whose median is not known to the precision is measured in further rounds, others are not', async () => {
  let now = 0;
  let load = 0;
  const subject = (name: string, milliseconds: () => number) => ({
    name,
    path: 'model' as const,
    content: name,
    load: async () => {
      const each = milliseconds();
      return {
        run: async () => {
          now += each;
        },
        close: () => {},
      };
    },
  });
  // Every other loading of the second is a third slower, until the tenth: then its median settles.
  const restless = subject('restless', () => (load++ % 2 && load < 10 ? 4 : 3));
  const protocol = { ...quick, warmupSeconds: 0, rounds: 4, extraRounds: 30, precision: 0.03 };
  const { models } = await measureLatency([subject('calm', () => 3), restless], {
    protocol,
    clock: () => now,
    watch,
  });
  expect(models[0].rounds).toHaveLength(4);
  expect(models[1].rounds.length).toBeGreaterThan(4);
  expect(models[1].rounds.length).toBeLessThan(34);
  const [low, high] = models[1].intervalMs;
  expect((high - low) / 2).toBeLessThanOrEqual(0.03 * models[1].medianMs);
});

test('further rounds have a limit, and are not repeated after an interruption', async () => {
  let now = 0;
  let load = 0;
  const wild = {
    name: 'wild',
    path: 'model' as const,
    content: 'wild',
    load: async () => {
      const each = load++ % 2 ? 4 : 1;
      return {
        run: async () => {
          now += each;
        },
        close: () => {},
      };
    },
  };
  const kept: RoundRecord[] = [];
  const store = { kept, add: async (record: RoundRecord) => void kept.push(record) };
  const protocol = { ...quick, warmupSeconds: 0, warmupLimitSeconds: 0.1, rounds: 3, extraRounds: 4 };
  const first = await measureLatency([wild], { protocol, clock: () => now, watch, store });
  expect(first.models[0].rounds).toHaveLength(7);
  const before = kept.length;
  const again = await measureLatency([wild], { protocol, clock: () => now, watch, store });
  expect(kept).toHaveLength(before);
  expect(again.models).toEqual(first.models);
});
