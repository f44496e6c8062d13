/**
 * Stands in for Google's benchmark_model on a machine that has none: native TensorFlow Lite runs the model, and what is printed has
 * the tool's form (tensorflow/lite/tools/benchmark/benchmark_model.cc). Takes the flags that examples/phone/benchmark-model.sh gives.
 */
import { readFile } from 'node:fs/promises';
import { quantile } from '../packages/frill-lab/src/statistics/quantiles.js';
import { openNativeTflite } from './native-tflite.js';

const flags = new Map(
  process.argv.slice(2).map((flag): [string, string] => [flag.split('=')[0], flag.split('=')[1] ?? '']),
);
const flag = (name: string) => flags.get(`--${name}`) ?? '';
const say = (line: string) => process.stdout.write(`INFO: ${line}\n`);
const microseconds = () => Math.round(performance.now() * 1000);

say('STARTING!');
say('Log parameter values verbosely: [0]');
say(`Min num runs: [${flag('num_runs')}]`);
say(`Num threads: [${flag('num_threads')}]`);
say(`Graph: [${flag('graph')}]`);
const began = microseconds();
const bytes = await readFile(flag('graph'));
const model = (await openNativeTflite()).load(bytes, { threads: Number(flag('num_threads')) });
const init = microseconds() - began;
say(`The input model file size (MB): ${(bytes.length / 1e6).toPrecision(6)}`);
say(`Initialized session in ${init / 1000}ms.`);
const inputs = model.inputs.map(({ shape }) =>
  Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, () => Math.random()),
);

function run(least: number, seconds: number): number[] {
  say(
    `Running benchmark for at least ${least} iterations and at least ${seconds} seconds but terminate if exceeding 150 seconds.`,
  );
  const times: number[] = [];
  for (
    const start = performance.now();
    times.length < least || performance.now() - start < 1000 * seconds;
  ) {
    const before = microseconds();
    model.run(inputs);
    times.push(microseconds() - before);
  }
  const at = (share: number) => Math.round(quantile(times, share));
  say(
    `count=${times.length} first=${times[0]} curr=${times.at(-1)} min=${at(0)} max=${at(1)} avg=${mean(times)} std=${Math.round(deviation(times))} p5=${at(0.05)} median=${at(0.5)} p95=${at(0.95)}\n`,
  );
  return times;
}

/** As a C++ stream prints it: six digits, with an exponent where they are not enough. */
function mean(times: readonly number[]): string {
  const value = times.reduce((sum, time) => sum + time, 0) / times.length;
  return value >= 1e6 ? value.toExponential(5).replace('e+', 'e+0') : String(Number(value.toPrecision(6)));
}

function deviation(times: readonly number[]): number {
  const average = Number(mean(times));
  return Math.sqrt(times.reduce((sum, time) => sum + (time - average) ** 2, 0) / times.length);
}

const warmup = run(1, Number(flag('warmup_min_secs')));
const steady = run(Number(flag('num_runs')), Number(flag('min_secs')));
say(
  `Inference timings in us: Init: ${init}, First inference: ${warmup[0]}, Warmup (avg): ${mean(warmup)}, Inference (avg): ${mean(steady)}`,
);
model.close();
