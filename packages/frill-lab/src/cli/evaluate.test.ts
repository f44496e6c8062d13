import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeWav } from '../corpus/wav-file.js';
import { writeEmbeddings } from '../embeddings/embedding-file.js';
import { initialise } from '../models/initialise.js';
import { buildTrill, trillConfigSchema } from '../models/trill.js';
import { readEvaluation } from '../noss/results-file.js';
import { random } from '../tensor/random.js';
import { teacherFolders } from '../train/teacher-folder.js';
import { UsageError } from './command.js';
import { evaluate } from './evaluate.js';
import { parseModelArguments } from './evaluated-model.js';

const CONFIG = trillConfigSchema.parse({ stem: 4, widths: [2], depths: [1], embedding: 8 });

let folder: string;
let tasks: string;

/** Low and high tones of six speakers, a tasks file, a teacher's folder and a file of embeddings. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-evaluate-'));
  const lines = ['path,pitch,speaker,side'];
  for (let speaker = 0; speaker < 6; speaker++)
    for (const pitch of [200, 2000])
      for (let take = 0; take < 2; take++) {
        const stream = random(`${speaker}/${pitch}/${take}`);
        const tone = Float32Array.from(
          { length: 16_000 },
          (_, i) => 0.3 * Math.sin((2 * Math.PI * pitch * i) / 16_000) + 0.02 * stream.normal(),
        );
        const path = `${speaker}-${pitch}-${take}.wav`;
        await writeFile(join(folder, path), encodeWav(tone, 16_000));
        const side = speaker < 4 ? 'train' : speaker < 5 ? 'validation' : 'test';
        lines.push(`${path},${pitch},s${speaker},${side}`);
      }
  await writeFile(join(folder, 'clips.csv'), `${lines.join('\n')}\n`);
  tasks = join(folder, 'tasks.json');
  const split = { by: 'column', column: 'side' };
  await writeFile(
    tasks,
    JSON.stringify({
      corpora: { tones: { manifest: 'clips.csv' } },
      tasks: [{ name: 'pitch', corpus: 'tones', label: 'pitch', speaker: 'speaker', split }],
    }),
  );
  const { graph } = buildTrill(CONFIG, { batch: 1, mode: 'inference' });
  await teacherFolders.write(join(folder, 'trill'), {
    format: 1,
    name: 'trill',
    config: CONFIG,
    training: 'none',
    options: {},
    provenance: {},
    weights: initialise(graph, '0'),
  });
  await writeEmbeddings(
    join(folder, 'mine.csv'),
    2,
    (async function* () {
      for (const line of lines.slice(1)) {
        const [clip, pitch, , side] = line.split(',');
        const embedding = Float32Array.of(Number(pitch) / 1000, side.length);
        yield { clip, time: 0.5, embedding };
      }
    })(),
  );
});

afterAll(() => rm(folder, { recursive: true }));

/** What the command says, results and progress. */
async function type(...words: string[]): Promise<string> {
  let said = '';
  const keep = (text: string | Uint8Array) => {
    said += String(text);
    return true;
  };
  const output = vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  const progress = vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  const program = new Command('frill').exitOverride().configureOutput({ writeErr: () => {} });
  evaluate.attach(program);
  await program.parseAsync(['evaluate', ...words], { from: 'user' }).finally(() => {
    output.mockRestore();
    progress.mockRestore();
  });
  return said;
}

test('a baseline, a trained teacher and embeddings from elsewhere come into one table', async () => {
  const out = join(folder, 'out');
  const models = ['log-mel-statistics', join(folder, 'trill'), `Mine=${join(folder, 'mine.csv')}`];
  const common = ['--tasks', tasks, '--cache', join(folder, 'cache'), '--effort', 'quick', '--out', out];
  const printed = await type(...common, '--model', ...models);
  for (const name of ['log-mel-statistics', 'trill', 'Mine'])
    expect(printed).toMatch(new RegExp(`^\\| ${name} \\| \\d+\\.\\d \\[`, 'm'));
  expect(await readFile(join(out, 'table.csv'), 'utf8')).toMatch(/^Mine,2,pitch,clean,accuracy,1,/m);
  expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('<h2>trill');
  expect(await type('--out', out, '--compare', 'trill', 'Mine')).toContain('too few speakers');

  const before = await readFile(join(out, 'results.json'), 'utf8');
  const said = await type(...common, '--model', ...models);
  expect(said.match(/evaluated before/g)).toHaveLength(3);
  expect(await readFile(join(out, 'results.json'), 'utf8')).toBe(before);
});

test('test clips are heard under conditions, by models and not by embeddings from elsewhere', async () => {
  const out = join(folder, 'conditions');
  const common = ['--tasks', tasks, '--cache', join(folder, 'cache'), '--effort', 'quick', '--out', out];
  const printed = await type(...common, '--conditions', 'clean,quiet', 'telephone', '--show', 'validation');
  expect(printed).toMatch(/^\| log-mel-statistics, telephone \| \d+\.\d \(/m);
  expect(printed).toContain('to choose models by');
  const [{ summary }] = (await readEvaluation(out)).representations;
  expect(summary.conditions.map(({ condition }) => condition)).toEqual(['quiet', 'telephone']);
  await expect(type(...common)).rejects.toThrow('results of another protocol (conditions');
  await expect(
    type(...common, '--conditions', 'quiet', 'telephone', '--model', join(folder, 'mine.csv')),
  ).rejects.toThrow('conditions cannot be applied to embeddings that were computed before');
  await expect(type(...common, '--conditions', 'noise-10')).rejects.toThrow('--noise');
});

test('models come to those that are there, of the same protocol only', async () => {
  const out = join(folder, 'grown');
  const common = ['--tasks', tasks, '--cache', join(folder, 'cache'), '--effort', 'quick', '--out', out];
  const named = async () => (await readEvaluation(out)).representations.map(({ name }) => name);
  await type(...common, '--model', 'log-mel-statistics', 'mfcc-statistics');
  expect(await type(...common, '--model', `Mine=${join(folder, 'mine.csv')}`)).toContain(
    '| mfcc-statistics |',
  );
  expect(await named()).toEqual(['Mine', 'log-mel-statistics', 'mfcc-statistics']);
  // Another model under a name that is there takes its place.
  await type(...common, '--model', 'Mine=log-mel-statistics');
  expect(await named()).toEqual(['Mine', 'log-mel-statistics', 'mfcc-statistics']);

  const results = join(out, 'results.json');
  const before = await readFile(results, 'utf8');
  await expect(type(...common, '--seed', '1')).rejects.toThrow(
    `${results}: results of another protocol (seed "0" there, "1" here)`,
  );
  expect(await readFile(results, 'utf8')).toBe(before);
  await writeFile(join(out, '.lock'), String(process.ppid));
  await expect(type(...common)).rejects.toThrow(`process ${process.ppid}`);
  await rm(join(out, '.lock'));
  await writeFile(results, before.slice(0, 100));
  await expect(type(...common)).rejects.toThrow('not the results of an evaluation');
  expect(await readFile(results, 'utf8')).toHaveLength(100);
});

test.each([
  ['runs/yamnet.tflite', { name: 'yamnet', source: 'runs/yamnet.tflite', output: undefined }],
  ['runs/tiny-1-gap/model.tflite', { name: 'tiny-1-gap', source: 'runs/tiny-1-gap/model.tflite' }],
  ['runs/v1.2', { name: 'v1.2', source: 'runs/v1.2' }],
  ['A b=x.npy', { name: 'A b', source: 'x.npy' }],
  ['trill:embedding', { name: 'trill-embedding', source: 'trill', output: 'embedding' }],
  ['C:/models/x.onnx', { name: 'x', source: 'C:/models/x.onnx', output: undefined }],
  ['log-mel-statistics', { name: 'log-mel-statistics', source: 'log-mel-statistics' }],
])('%s names a model', (text, expected) => {
  expect(parseModelArguments([text])).toEqual([expect.objectContaining(expected)]);
});

test.each([
  ['two models of one name', ['a/x.tflite', 'b/x.tflite'], /two models are called 'x'/],
  ['a name without a model', ['x='], /names no model/],
  ['a model with an empty name', ['=x.tflite'], /names no model/],
])('%s is bad usage', (_title, texts, message) => {
  expect(() => parseModelArguments(texts)).toThrow(UsageError);
  expect(() => parseModelArguments(texts)).toThrow(message);
});

test('tasks of several files come into one table, if their names differ', async () => {
  const other = join(folder, 'other.json');
  const declared = JSON.parse(await readFile(tasks, 'utf8'));
  const [task] = declared.tasks;
  const renamed = { corpora: { more: declared.corpora.tones }, tasks: [{ ...task, corpus: 'more' }] };
  await writeFile(other, JSON.stringify(renamed));
  const common = ['--cache', join(folder, 'cache'), '--effort', 'quick', '--out', join(folder, 'both')];
  await expect(type(...common, '--tasks', tasks, other)).rejects.toThrow("two tasks are called 'pitch'");
  await expect(type(...common, '--tasks', tasks, tasks)).rejects.toThrow("two corpora are called 'tones'");
  renamed.tasks[0].name = 'again';
  await writeFile(other, JSON.stringify(renamed));
  expect(await type(...common, '--tasks', tasks, other)).toContain(
    '| % | pitch (accuracy) | again (accuracy) |',
  );
});

test('an output that a TRILL does not have is refused', async () => {
  const words = ['--tasks', tasks, '--cache', join(folder, 'cache'), '--out', join(folder, 'none')];
  await expect(type(...words, '--model', `${join(folder, 'trill')}:logits`)).rejects.toThrow(
    'layer19, embedding',
  );
});
