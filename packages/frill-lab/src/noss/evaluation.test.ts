import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { embeddingsOf, makeTask } from '../../../../testing/made-up-task.js';
import { compare } from './compare.js';
import { splitsToCsv, toCsv } from './csv-tables.js';
import { toHtml } from './page.js';
import { evaluateTask } from './protocol.js';
import { type Evaluation, readEvaluation, writeEvaluation } from './results-file.js';
import { summarise } from './summary.js';
import { toMarkdown } from './table.js';

describe('what is reported', () => {
  // Three speakers are tested on: of fewer no interval is given.
  const task = makeTask({
    by: 'column',
    column: 'side',
    values: { train: ['train'], validation: [], test: ['validation', 'test'] },
  });
  const noise = {
    name: 'noise-10',
    title: 'other sounds',
    identity: 'n',
    change: (samples: Float32Array) => samples,
  };
  let evaluation: Evaluation;
  beforeAll(async () => {
    const representation = async (name: string, distance: number) => {
      const options = { effort: 'quick', fewShot: [1, 5] } as const;
      const heard = [{ condition: noise, ...embeddingsOf(task, distance / 3, `${name} in noise`) }];
      const tasks = [await evaluateTask(task, embeddingsOf(task, distance, name), options, heard)];
      return { name, identity: name, dimension: 12, tasks, summary: summarise(tasks) };
    };
    evaluation = {
      format: 2,
      protocol: {},
      warnings: ['2 clips without a label'],
      representations: [
        await representation('good, "best"', 6),
        await representation('poor', 0.3),
        await representation('poor2', 0.3),
      ],
    };
  });

  test('is read back as it was written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frill-evaluation-'));
    await writeEvaluation(folder, evaluation);
    expect(await readEvaluation(folder)).toEqual(JSON.parse(JSON.stringify(evaluation)));
    await expect(readEvaluation(join(folder, 'absent'))).rejects.toThrow('no readable evaluation');
  });

  test('as tables', () => {
    expect(toMarkdown(evaluation)).toContain('| poor |');
    expect(toMarkdown(evaluation)).toContain('- 2 clips without a label');
    const splits = splitsToCsv([task]).trim().split('\n');
    expect(splits).toHaveLength(1 + task.clips.length);
    expect(splits).toContain('mood,official,test,5-sad-7');
    const lines = toCsv(evaluation).trim().split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[1]).toMatch(/^"good, ""best""",12,mood,clean,accuracy,/);
    expect(lines[2]).toMatch(/^"good, ""best""",12,mood,noise-10,accuracy,/);
    expect(toHtml(evaluation)).toContain('good, &#34;best&#34;');
  });

  test('the honest scores come last, the others where they are asked for', () => {
    const last = (markdown: string) => markdown.trim().split('\n').slice(-6, -1);
    const plain = toMarkdown(evaluation);
    expect(last(plain).map((line) => line.split(' | ')[0])).toEqual([
      '| %',
      '| ---',
      '| good, "best"',
      '| poor',
      '| poor2',
    ]);
    expect(plain).not.toContain('optimistic');
    expect(plain).not.toContain('to choose models by');
    const more = toMarkdown(evaluation, ['validation', 'best-on-test']);
    expect(more).toContain('optimistic');
    expect(more).toContain('to choose models by');
    expect(last(more)).toEqual(last(plain));
  });

  test('with what each condition costs, and the mean over tasks from few examples', () => {
    const [good] = evaluation.representations;
    const [{ score, conditions, fewShot }] = good.tasks;
    expect(conditions[0].drop).toBeCloseTo(score - conditions[0].score, 12);
    expect(conditions[0].drop).toBeGreaterThan(0.05);
    expect(conditions[0].dropInterval?.[0]).toBeGreaterThan(0);
    expect(good.summary.conditions).toEqual([
      { condition: 'noise-10', score: conditions[0].score, drop: conditions[0].drop },
    ]);
    expect(good.summary.fewShot).toEqual(fewShot.map(({ examples, mean }) => ({ examples, mean, tasks: 1 })));
    expect(toMarkdown(evaluation)).toContain('| good, "best", noise-10 |');
    expect(toHtml(evaluation)).toContain('noise-10');
  });

  test('one or two test speakers are said instead of an interval, and decide nothing', async () => {
    const of = async (name: string, distance: number) => {
      const few = makeTask();
      const tasks = [await evaluateTask(few, embeddingsOf(few, distance, name), { effort: 'quick' })];
      return { name, identity: name, dimension: 12, tasks, summary: summarise(tasks) };
    };
    const [a, b] = [await of('a', 6), await of('b', 0)];
    expect(toMarkdown({ ...evaluation, representations: [a, b] })).toContain('[2 speakers]');
    expect(toHtml({ ...evaluation, representations: [a, b] })).toContain('[2 speakers]');
    const [{ verdict, interval, p }] = compare(a, b, 100);
    expect([verdict, interval, p]).toEqual(['too few speakers to tell', undefined, 1]);
  });

  test('a real difference is told from none', () => {
    const [good, poor, alike] = evaluation.representations;
    expect(compare(poor, good, 500)[0].verdict).toBe('b is better');
    expect(compare(good, poor, 500)[0].verdict).toBe('a is better');
    const [same] = compare(poor, poor, 500);
    expect([same.verdict, same.p, same.difference]).toEqual(['no difference shown', 1, 0]);
    const [one, other] = [compare(poor, alike, 500)[0], compare(alike, poor, 500)[0]];
    expect(one.difference).toBeCloseTo(-other.difference, 12);
  });

  test('resamples without a score count for neither', () => {
    const [{ tasks, ...good }] = evaluation.representations;
    const two = (positive: readonly [number, number]) => ({
      ...good,
      tasks: tasks.map((result) => ({
        ...result,
        metric: 'auc' as const,
        classes: ['no', 'yes'],
        resampled: 'clips' as const,
        predictions: positive.map((yes, truth) => ({
          clip: String(truth),
          truth,
          predicted: Math.round(yes),
          probabilities: [1 - yes, yes],
        })),
      })),
    });
    const [{ p, interval }] = compare(two([0.9, 0.1]), two([0.1, 0.9]), 100);
    expect(interval).toEqual([1, 1]);
    // Half of the resamples hold one class only: as few as are left cannot say more than 2 / (50 + 1).
    expect(p).toBeGreaterThan(2 / 70);
  });

  test('results without a shared task are not compared', () => {
    const [good, poor] = evaluation.representations;
    const renamed = { ...poor, tasks: poor.tasks.map((result) => ({ ...result, task: 'other' })) };
    expect(() => compare(good, renamed)).toThrow('share no task');
  });
});
