import { expect, test } from 'vitest';
import { random } from '../tensor/random.js';
import { DEFAULT_PROTOCOL, indistinguishable, latencyReportSchema, measureLatency } from './latency.js';

/** A machine whose clock moves only when something runs; it slows down over time and compiles at first. */
function machine() {
  let now = 0;
  let total = 0;
  const noise = random('machine');
  const subject = (name: string, milliseconds: number) => ({
    name,
    path: 'model' as const,
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

const quick = { ...DEFAULT_PROTOCOL, warmupSeconds: 2.2, secondsPerRound: 0.02 };

test('drift hits all alike: ratios hold although the machine slows down while measuring', async () => {
  const { subject, clock } = machine();
  const report = await measureLatency([subject('a', 2), subject('b', 3), subject('c', 6)], {
    protocol: quick,
    clock,
  });
  latencyReportSchema.parse(report);
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
  });
  expect(report.models[0].warmup.steady).toBe(false);
  expect(report.models[0].warmup.seconds).toBeGreaterThanOrEqual(2);
});
