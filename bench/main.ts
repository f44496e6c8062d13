/**
 * `npm run bench [-- name...]`: every quotable number of the project against its peers in the same run. Prints markdown tables
 * and writes `runs/bench/<name>.json` with the device they were measured on.
 */
import { describeDevice } from '../packages/frill-lab/src/bench/device.js';
import { writeWhole } from '../packages/frill-lab/src/run/whole-file.js';
import { device as deviceBenchmark } from './device.js';
import { embedding } from './embedding.js';
import { files } from './files.js';
import { frontend } from './frontend.js';
import { layers } from './layers.js';
import { longFile } from './long-file.js';
import { manyMachines } from './many-machines.js';
import { matrixShards } from './matrix-shards.js';
import { memory } from './memory.js';
import { probes } from './probes.js';
import { resample } from './resample.js';
import { type Benchmark, toMarkdown } from './table.js';
import { training } from './training.js';

/** Each lives in the file of its name. */
const BENCHMARKS: readonly Benchmark[] = [
  frontend,
  resample,
  files,
  longFile,
  embedding,
  deviceBenchmark,
  layers,
  probes,
  training,
  memory,
  matrixShards,
  manyMachines,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark named ${unknown.join(', ')}; there are:\n`);
  for (const { name, summary } of BENCHMARKS) process.stderr.write(`  ${name.padEnd(12)} ${summary}\n`);
  process.exit(2);
}

const device = describeDevice();
process.stdout.write(`${device.processor}, ${device.cores} cores, load ${device.load?.toFixed(2)}, `);
process.stdout.write(`Node ${device.node}\n\n`);
for (const benchmark of BENCHMARKS) {
  if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
  const started = new Date();
  try {
    const table = await benchmark.run();
    process.stdout.write(`${toMarkdown(table)}\n`);
    const record = { started: started.toISOString(), device: describeDevice(), ...table };
    await writeWhole(`runs/bench/${benchmark.name}.json`, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}\n`);
  }
}
