/**
 * `distil` itself, as a process beside training-own.ts and with its protocol: `tsx bench/training-distil.ts CASE`, where CASE says
 * which `data` too. The data lies on disk, and everything that a training does between two steps is paid for: reading or
 * cutting, scaling, schedules, records.
 * Each line "SECONDS" goes on with one and the same run, which is stopped after that time as Ctrl-C stops it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { studentConfigSchema } from '../packages/frill-lab/src/models/student-config.js';
import { silent } from '../packages/frill-lab/src/run/progress.js';
import { distillationOptionsSchema } from '../packages/frill-lab/src/train/distillation-options.js';
import { readHistory } from '../packages/frill-lab/src/train/history.js';
import type { TrainingCase } from './training.js';
import { cachedFeatures, randomWindows } from './training-data.js';

/** The build's, as the command runs it: threads need JavaScript. */
const built = new URL('../packages/frill-lab/dist/train/distil.js', import.meta.url);
const { distil }: typeof import('../packages/frill-lab/src/train/distil.js') = await import(built.href);

const DATA = { cached: cachedFeatures, random: randomWindows } as const;
/** More than any benchmark does; the phase of frozen statistics is not reached. */
const STEPS = 1_000_000;
const RECORD_EVERY = 5;

interface DistilCase extends TrainingCase {
  readonly threads: number;
  readonly data: keyof typeof DATA;
}

const { batch, target, threads, data: kind, ...network }: DistilCase = JSON.parse(process.argv[2]);
const config = studentConfigSchema.parse({
  ...network,
  compression: { kind: 'none' },
  quantization: 'none',
});
const folder = await mkdtemp(join(tmpdir(), 'frill-bench-distil-'));
try {
  const data = await DATA[kind](folder, target);
  const options = distillationOptionsSchema.parse({
    steps: STEPS,
    batch,
    recordEvery: RECORD_EVERY,
    validateEvery: STEPS,
    checkpointEvery: STEPS,
  });
  console.log(parameters());
  const run = join(folder, 'run');
  for await (const line of createInterface({ input: process.stdin })) {
    const before = (await readHistory(run)).length;
    const stopping = new AbortController();
    let end = Number.POSITIVE_INFINITY;
    let records = 0;
    const advance = (done: number) => {
      end = Math.min(end, performance.now() + Number(line) * 1000);
      if (done % RECORD_EVERY === 0) records++;
      if (performance.now() > end && records > 1) stopping.abort();
    };
    const progress = { ...silent, start: () => ({ advance, finish: () => {} }) };
    await distil({ config, data, options, folder: run, threads, progress, signal: stopping.signal }).catch(
      (error) => {
        if (!stopping.signal.aborted) throw error;
      },
    );
    const history = (await readHistory(run)).slice(before);
    console.log(JSON.stringify(history.map(({ examplesPerSecond }) => (1000 * batch) / examplesPerSecond)));
  }
  await data.close();
} finally {
  await rm(folder, { recursive: true });
}

/** Trained parameters, as the other contenders count theirs. */
function parameters(): number {
  const { graph } = buildStudent(config, { batch, mode: 'training', targetWidth: target });
  const weights = initialise(graph, 0);
  return graph.parameters
    .filter(({ source }) => source.kind === 'weight')
    .reduce((sum, { name }) => sum + (weights.get(name)?.data.length ?? 0), 0);
}
