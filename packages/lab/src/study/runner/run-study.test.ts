import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeSyntheticCorpus } from '../../corpus/synthetic/make.js';
import { studyResultsSchema } from '../records.js';
import { RunFolder } from './run-folder.js';

const FRILL = fileURLToPath(new URL('../../../bin/frill.js', import.meta.url));

function frill(words: readonly string[], folder: string): { process: ChildProcess; ended: Promise<string> } {
  const child = spawn(process.execPath, [FRILL, ...words], { cwd: folder });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise<string>((resolve, reject) =>
    child.on('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(said) : reject(new Error(`exit code ${code}: ${said}`)),
    ),
  );
  return { process: child, ended };
}

test('a study that is killed goes on and ends with a report; no student is made twice', {
  timeout: 400_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-study-'));
  await makeSyntheticCorpus({ folder: join(folder, 'corpus'), size: 200, sets: ['human-sound'] });
  const run = join(folder, 'run');
  const words = ['study', 'run', '--tasks', 'corpus/tasks.json', '--teacher', 'log-mel-statistics'];
  words.push('--students', 'tiny-0.5-gap,tiny-0.5-flat', '--steps', '2', '--batch', '4', '--rounds', '2');
  words.push('--windows-per-clip', '1', '--workers', '1', '--out', run);

  const first = frill(words, folder);
  while ((await new RunFolder(run).students()).length === 0 && first.process.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 50));
  first.process.kill('SIGKILL');
  await first.ended;
  const before = (await new RunFolder(run).students()).map(({ name }) => name);
  expect(before).toHaveLength(1);

  const said = await frill(words, folder).ended;
  expect(said).toMatch(/1 of 2 students are there already/);
  expect(said).toMatch(/Report: .*report\.html/);
  const names = (await new RunFolder(run).students()).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['tiny-0.5-flat', 'tiny-0.5-gap']);
  const results = studyResultsSchema.parse(JSON.parse(await readFile(join(run, 'results.json'), 'utf8')));
  expect(results.history.map(({ end, studentsBefore }) => [end, studentsBefore])).toEqual([
    ['killed', 0],
    ['finished', 1],
  ]);
  expect(results.forecast?.students).toBe(2);
  const log = await readFile(join(run, 'log.txt'), 'utf8');
  expect(log).toMatch(/session 1: .*session 2: .*1 of 2 students are there already.*finished: /s);
  expect(results.latency?.models).toHaveLength(4);
  expect(await readFile(join(run, 'report/report.html'), 'utf8')).toContain('tiny-0.5-flat');
});
