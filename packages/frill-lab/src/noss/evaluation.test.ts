import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { embeddingsOf, makeTask } from '../../../../testing/made-up-task.js';
import { compare } from './compare.js';
import { type Evaluation, readEvaluation, writeEvaluation } from './evaluation.js';
import { toHtml } from './page.js';
import { evaluateTask } from './protocol.js';
import { splitsToCsv, toCsv, toMarkdown } from './table.js';

describe('what is reported', () => {
  const task = makeTask();
  let evaluation: Evaluation;
  beforeAll(async () => {
    const representation = async (name: string, distance: number) => ({
      name,
      identity: name,
      dimension: 12,
      tasks: [await evaluateTask(task, embeddingsOf(task, distance, name), { effort: 'quick' })],
    });
    evaluation = {
      format: 1,
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
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^"good, ""best""",12,mood,accuracy,/);
    expect(toHtml(evaluation)).toContain('good, &#34;best&#34;');
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
