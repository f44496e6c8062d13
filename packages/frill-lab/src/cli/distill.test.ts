import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import { parseStudentName } from '../models/student-config.js';
import { studentFolders } from '../train/student-folder.js';
import { UsageError } from './command.js';
import { distill } from './distill.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-distill-'));
  const name = 'tiny-0.35-gap';
  const config = parseStudentName(name, { bottleneck: 8 });
  const { graph } = buildStudent(config, { batch: 1, mode: 'inference' });
  const weights = initialise(graph, 'distill');
  const student = { format: 1, name, config, training: 'abc', options: {}, provenance: {} } as const;
  await studentFolders.write(join(folder, 'tiny'), { ...student, weights });
});
afterAll(() => rm(folder, { recursive: true }));

function type(...words: string[]): Promise<unknown> {
  const program = new Command('frill').exitOverride().configureOutput({ writeErr: () => {} });
  distill.attach(program);
  // No corpus is there: whoever gets that far is told so.
  const corpus = join(folder, 'no-corpus');
  const usual = ['--corpus', corpus, '--teacher', 'log-mel-statistics', '--out', join(folder, 'out')];
  return program.parseAsync(['distill', ...usual, ...words], { from: 'user' });
}

test.each([
  [
    'a student of another kind',
    ['--student', 'small-1-gap', '--bottleneck', '8'],
    /--start-from .*tiny.*lacks blocks/,
  ],
  [
    'a longer embedding',
    ['--student', 'tiny-0.35-gap', '--bottleneck', '9'],
    /--start-from .*8 values, not 9/,
  ],
])('%s cannot start from this one, which is said before the corpus is read', async (_, words, message) => {
  const typed = type(...words, '--start-from', join(folder, 'tiny'));
  await expect(typed).rejects.toThrow(message);
  await expect(typed).rejects.toBeInstanceOf(UsageError);
});

test('one that fits is let through to the corpus', async () => {
  const typed = type('--student', 'tiny-0.35-gap', '--bottleneck', '8', '--start-from', join(folder, 'tiny'));
  await expect(typed).rejects.toThrow(/no-corpus/);
});

test('--refit without --start-from is refused', async () => {
  await expect(type('--refit')).rejects.toThrow(/--refit.*--start-from/s);
});
