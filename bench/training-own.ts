/**
 * Our own training step, as a process of its own beside training_peer.py: `tsx bench/training-own.ts CASE`, where CASE is JSON.
 * Prints the number of parameters, then answers each line "SECONDS" of standard input with a JSON list of the milliseconds
 * that each step took in that time.
 */
import { createInterface } from 'node:readline';
import { compileTraining } from '../packages/frill-lab/src/engine/ort/training.js';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { sizeOf } from '../packages/frill-lab/src/tensor/tensor.js';
import type { TrainingCase } from './training.js';

/** The second thread of the optimiser is the build's, because this runs from sources. */
const worker = new URL('../packages/frill-lab/dist/engine/ort/adam-worker.js', import.meta.url);

const { size, width, pooling, batch, target, threads }: TrainingCase & { threads: number } = JSON.parse(
  process.argv[2],
);
const student = buildStudent(
  {
    size,
    width,
    pooling,
    compression: { kind: 'none' },
    quantization: 'none',
    bottleneck: 2048,
    input: 'standardise',
  },
  { batch, mode: 'training', targetWidth: target },
);
const weights = initialise(student.graph, 0);
const program = await compileTraining(student.graph, student.loss, { threads, weights, worker });
const numbers = random('bench/training');
const feeds = new Map(
  [student.input, student.target].map((value) => [
    value,
    Float32Array.from({ length: sizeOf(value.shape) }, () => numbers.normal()),
  ]),
);
console.log([...program.gradients().values()].reduce((sum, { data }) => sum + data.length, 0));
for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = [];
  const end = performance.now() + Number(line) * 1000;
  while (performance.now() < end || times.length < 3) {
    const start = performance.now();
    await program.step(feeds, 1e-3);
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times));
}
await program.close();
