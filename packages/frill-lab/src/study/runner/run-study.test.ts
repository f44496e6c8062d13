import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeSyntheticCorpus } from '../../corpus/synthetic/make.js';
import { studyResultsSchema } from '../records.js';
import { RunFolder } from './run-folder.js';

const FRILL = fileURLToPath(new URL('../../../bin/frill.js', import.meta.url));

interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
}

function frill(words: readonly string[], folder: string): Started {
  const child = spawn(process.execPath, [FRILL, ...words], { cwd: folder });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  return {
    process: child,
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, said }))),
  };
}

/** Sends a signal to a run once something is there, and waits for its end; fails where it ended by itself. */
async function interrupt(
  { process: child, ended }: Started,
  signal: NodeJS.Signals,
  isTime: () => Promise<boolean>,
) {
  while (!(await isTime())) {
    if (child.exitCode !== null) throw new Error(`it ended before: ${(await ended).said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill(signal);
  return ended;
}

test('a study that is killed or stopped anywhere goes on and ends with a report; no student is made twice', {
  timeout: 400_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-study-'));
  await makeSyntheticCorpus({ folder: join(folder, 'corpus'), size: 200, sets: ['human-sound'] });
  const run = join(folder, 'run');
  const words = ['study', 'run', '--tasks', 'corpus/tasks.json', '--teacher', 'log-mel-statistics'];
  words.push('--students', 'tiny-0.5-gap,tiny-0.5-flat', '--steps', '80', '--batch', '4', '--rounds', '2');
  words.push('--windows-per-clip', '1', '--workers', '1', '--out', run);
  const studio = new RunFolder(run);
  const made = async () => (await studio.students()).map(({ name }) => name);
  const hasCheckpoint = async () => {
    const files = ['gap', 'flat'].map((pooling) =>
      readdir(join(run, 'students', `tiny-0.5-${pooling}`, 'training')).catch(() => []),
    );
    return (await Promise.all(files)).flat().some((name) => /^checkpoint-\d+\.safetensors$/.test(name));
  };

  // In the middle of the first training, with a checkpoint behind it.
  await interrupt(frill(words, folder), 'SIGKILL', hasCheckpoint);
  expect(await made()).toEqual([]);
  // A checkpoint of the first is found again; the second is stopped by Ctrl-C.
  const second = frill(words, folder);
  const stopped = await interrupt(second, 'SIGINT', async () => (await made()).length === 1);
  expect(stopped.said).toMatch(/going on from step [1-9]\d* of 80/);
  expect(stopped.code).toBe(130);
  expect(await made()).toHaveLength(1);

  const last = await frill(words, folder).ended;
  expect([last.code, last.said]).toEqual([0, expect.stringMatching(/1 of 2 students are there already/)]);
  expect(last.said).toMatch(/at most 32 windows, .* GiB of disk/);
  expect(last.said).toMatch(/Report: .*report\.html/);
  expect((await made()).toSorted()).toEqual(['tiny-0.5-flat', 'tiny-0.5-gap']);
  const results = studyResultsSchema.parse(JSON.parse(await readFile(join(run, 'results.json'), 'utf8')));
  expect(results.history.map(({ end, studentsBefore }) => [end, studentsBefore])).toEqual([
    ['killed', 0],
    ['stopped', 0],
    ['finished', 1],
  ]);
  expect(results.forecast?.students).toBe(2);
  for (const { training, engine, quality } of results.students) {
    expect(training.validation).toHaveLength(8);
    expect(engine).toBe('onnxruntime');
    expect(quality[0].groups?.length).toBe(quality[0].outcomes?.length);
  }
  const log = await readFile(join(run, 'log.txt'), 'utf8');
  expect(log).toMatch(
    /session 1: .*session 2: .*session 3: .*1 of 2 students are there already.*finished: /s,
  );
  const timed = new Set(results.latency?.models.map(({ name }) => name));
  expect(timed).toEqual(new Set([...(await made()), 'log-mel-statistics']));
  expect(await readFile(join(run, 'report/report.html'), 'utf8')).toContain('tiny-0.5-flat');
});
