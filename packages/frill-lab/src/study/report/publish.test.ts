import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { analyse } from '../analysis.js';
import { studyResultsSchema } from '../records.js';
import { publishReport, withoutPaths } from './publish.js';

test('a published run stands by itself, small and without paths of the machine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-publish-'));
  const whole = exampleResults('grid');
  const command =
    'frill study run --tasks examples/real-audio/tasks.json --teacher /home/me/models/yamnet.tflite';
  const failures = [{ student: 'tiny-1-gap', reason: 'Error at file:///home/me/lab/x.js:3', at: '' }];
  const results = { ...whole, failures, provenance: { ...whole.provenance, command } };
  const log = ['2026-11-22T18:00:00Z  session 1: frill study run --out /home/me/runs/a', 'x'.repeat(500)];
  await publishReport(results, log, folder);

  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  expect(texts.join('')).not.toContain('/home');
  expect(texts.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(3 * 2 ** 20);
  expect(readme).toContain('--teacher yamnet.tflite');
  expect(readme).toContain('18:00:00Z  session 1: frill study run --out a');
  expect(readme).not.toContain('x'.repeat(200));
  expect(readme).not.toMatch(/NaN|undefined|\[object|<\w/);
  for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) expect(await readdir(folder)).toContain(target);

  const published = studyResultsSchema.parse(
    JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')),
  );
  expect(published.latency?.models[0].rounds.map((round) => round.length)).toEqual([1, 1, 1, 1, 1]);
  expect(analyse(published).frontier.map(({ certainty }) => certainty)).toEqual(
    analyse(whole).frontier.map(({ certainty }) => certainty),
  );
});

test('an unfinished run can be published too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-publish-'));
  await publishReport({ ...exampleResults('builtin'), latency: undefined }, [], folder);
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toMatch(/This run is not finished/);
});

test.each([
  ['a /b/c/d.json e', 'a d.json e'],
  ['--teacher=/b/c.tflite', '--teacher=c.tflite'],
  ['at x (file:///b/c/d.js:1:2)', 'at x (d.js:1:2)'],
  ['../shared/data/models/x.tflite runs/a', '../shared/data/models/x.tflite runs/a'],
  ['windows/s, 3 / 4', 'windows/s, 3 / 4'],
])('%s is published as %s', (text, expected) => {
  expect(withoutPaths(text)).toBe(expected);
});
