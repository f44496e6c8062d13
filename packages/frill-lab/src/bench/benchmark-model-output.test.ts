import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nativeTfliteAvailable } from '../../../../testing/native-tflite.js';
import { tinyModel } from '../../../../testing/package/tiny-model.js';
import { isBenchmarkModelOutput, parseBenchmarkModelOutput } from './benchmark-model-output.js';
import { latencyReportSchema } from './latency-report.js';

/** One run of the tool; `before` is what a line begins with: nothing, `INFO: `, or what logcat writes. */
function toolRun(name: string, median: number, before = 'INFO: '): string {
  return [
    'STARTING!',
    'Num threads: [1]',
    `Graph: [/data/local/tmp/frill/${name}.tflite]`,
    'Initialized session in 3.5ms.',
    `count=12 first=${9 * median} curr=${median} min=${median} max=${9 * median} avg=${2 * median} std=40 p5=${median} median=${median} p95=${9 * median}`,
    '',
    `count=50 first=${median} curr=${median} min=${median - 100} max=${2 * median} avg=${1.1 * median} std=40 p5=${median - 50} median=${median} p95=${median + 200}`,
    '',
    `Inference timings in us: Init: 3500, First inference: ${9 * median}, Warmup (avg): ${2 * median}, Inference (avg): ${1.1 * median}`,
    'Memory footprint delta from the start of the tool (MB): init=4 overall=6',
  ]
    .map((line) => `${before}${line}\r\n`)
    .join('');
}

test('rounds are gathered by model; the first, run twice in each, is the reference', () => {
  const text = [
    'frill-device: Google Pixel 8\r\nfrill-processor: zuma\r\nfrill-system: Android 15\r\nfrill-cores: 9\r\n',
    ...[0, 1, 2].flatMap((round) => [
      toolRun('a', 2000 + round),
      toolRun('b', 5000 + round),
      toolRun('a', 2010 + round),
    ]),
    'frill-seconds: 42\n',
  ].join('');
  expect(isBenchmarkModelOutput(text)).toBe(true);
  const report = latencyReportSchema.parse(parseBenchmarkModelOutput(text, 'pixel.txt'));
  expect(report.device).toMatchObject({
    name: 'Google Pixel 8',
    processor: 'zuma',
    system: 'Android 15',
    cores: 9,
    host: 'benchmark_model',
  });
  expect(report.seconds).toBe(42);
  expect(report.models.map(({ name, path, engine, medianMs }) => [name, path, engine, medianMs])).toEqual([
    ['a', 'model', 'tflite', 2.001],
    ['b', 'model', 'tflite', 5.001],
  ]);
  const [, b] = report.models;
  expect(b).toMatchObject({ coldMs: 3.5, firstMs: 45, p95Ms: 5.201, bestMs: 4.9 });
  expect(b.rounds).toEqual([
    [4.95, 5, 5.2],
    [4.951, 5.001, 5.201],
    [4.952, 5.002, 5.202],
  ]);
  expect(report.repeatability).toMatchObject({ reference: 'a', mediansMs: [2.001, 2.011] });
});

test('older versions print no median: their mean stands for it, also in powers of ten and from logcat', () => {
  const text = toolRun('large', 1_400_000, 'I tflite  : ')
    .replaceAll(/ p5=.*/g, '')
    .replaceAll(/avg=\S+/g, 'avg=1.54e+06')
    .replace(/Inference \(avg\): .*/, 'Inference (avg): 1.54e+06');
  const [model] = parseBenchmarkModelOutput(text, 'log.txt').models;
  expect(model.medianMs).toBe(1540);
  expect(model.rounds).toEqual([[1399.9, 1540, 2800]]);
});

test('a run that was cut off is left out, and a text without a whole one refused', () => {
  const whole = toolRun('a', 2000);
  const cut = toolRun('b', 3000).split('Inference timings')[0];
  expect(parseBenchmarkModelOutput(whole + cut, 'x.txt').models.map(({ name }) => name)).toEqual(['a']);
  expect(() => parseBenchmarkModelOutput(cut, 'x.txt')).toThrow(/x\.txt.*no whole run|no whole run.*x\.txt/s);
});

const title = 'the script for phones, run here with native TensorFlow Lite in place of the tool';
test.skipIf(!(await nativeTfliteAvailable()))(title, { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-phone-'));
  const students = join(folder, 'students');
  for (const name of ['tiny-a', 'tiny-b']) {
    await mkdir(join(students, name), { recursive: true });
    await writeFile(join(students, name, 'model.tflite'), await tinyModel());
  }
  const tool = join(folder, 'benchmark_model');
  await writeFile(
    tool,
    `#!/bin/sh\ncd '${resolve('.')}' && exec node --import tsx testing/benchmark-model.ts "$@"\n`,
  );
  await chmod(tool, 0o755);
  const environment = { RUN_ON: 'here', ROUNDS: '1', RUNS: '5', SECONDS_A_ROUND: '0', WARMUP: '0' };
  const { stdout } = await promisify(execFile)('examples/phone/benchmark-model.sh', [tool, students], {
    env: { ...process.env, ...environment },
  });
  const report = latencyReportSchema.parse(parseBenchmarkModelOutput(stdout, 'here.txt'));
  expect(report.models.map(({ name, rounds }) => [name, rounds.length])).toEqual([
    ['tiny-a', 1],
    ['tiny-b', 1],
  ]);
  expect(report.repeatability.reference).toBe('tiny-a');
  for (const { medianMs, bestMs, p95Ms } of report.models) {
    expect(bestMs).toBeLessThanOrEqual(medianMs);
    expect(p95Ms).toBeGreaterThanOrEqual(medianMs);
  }
});
