import { expect, test } from 'vitest';
import { exampleResults } from '../../../../testing/study-results.js';
import { analyse } from './analysis.js';
import { compareWithPost } from './findings.js';
import type { StudyResults } from './records.js';
import { headline } from './report/headline.js';
import { limits } from './report/limits.js';
import { madeWith } from './report/making.js';

const results = exampleResults();
const analysis = analyse(results);

test('the frontier runs from the fastest model to the best one', () => {
  const { frontier, rows } = analysis;
  expect(frontier[0].latencyMs).toBe(Math.min(...rows.map((row) => row.latencyMs)));
  expect(frontier.at(-1)?.quality).toBe(Math.max(...rows.map((row) => row.quality)));
  for (let i = 1; i < frontier.length; i++)
    expect(frontier[i].quality).toBeGreaterThan(frontier[i - 1].quality);
});

test('certainty is a probability, and members are members more often than outsiders', () => {
  for (const { certainty } of analysis.rows) {
    expect(certainty).toBeGreaterThanOrEqual(0);
    expect(certainty).toBeLessThanOrEqual(1 + 1e-9);
  }
  const mean = (rows: readonly { certainty: number }[]) =>
    rows.reduce((sum, row) => sum + row.certainty, 0) / rows.length;
  expect(mean(analysis.frontier)).toBeGreaterThan(3 * mean(analysis.rows.filter((row) => !row.isFrontier)));
});

test("findings follow the regressions' signs", () => {
  const verdicts = new Map(
    compareWithPost(results, analysis).map(({ statement, verdict }) => [statement, verdict]),
  );
  expect(verdicts.get('Global average pooling lowers latency')).toBe('agrees');
  expect(verdicts.get('Compression costs most quality')).toBe('agrees');
  // Size and width cost more here than what is saved by the three.
  expect(
    verdicts.get('Quantisation-aware training, compression and average pooling lower latency most'),
  ).toBe('differs');
  const eight = exampleResults('builtin');
  const few = compareWithPost(eight, analyse(eight));
  expect(few.find(({ statement }) => statement.startsWith('Quantisation'))?.verdict).toBe('not varied');
});

test('three students give a report without regressions, and say why', () => {
  const { effects } = analyse(exampleResults('tiny-1-gap small-1-gap large-1-flat'));
  expect(effects.quality).toMatch(/cannot/);
});

test('the headline says how the best student stands to the baseline', () => {
  expect(headline(results, analysis).summary).toMatch(/The baseline log-mel statistics reaches \d/);
  const poor = {
    ...results,
    representations: results.representations.map((item) =>
      item.role === 'baseline'
        ? { ...item, quality: item.quality.map((task) => ({ ...task, value: 0.99 })) }
        : item,
    ),
  };
  expect(headline(poor, analysis).summary).toMatch(/not better than log-mel statistics \(99.0 %\)/);
});

test('headline, making and limits say what the students began with and what they learnt', () => {
  const told = (start: StudyResults['start']) => {
    const begun = { ...results, start };
    const making = madeWith(begun).find(({ term }) => term === 'training');
    const [budget] = limits(begun, analysis);
    return { summary: headline(begun, analysis).summary, making: making?.value, budget: budget.text };
  };
  const teacher = results.representations.find(({ role }) => role === 'teacher')?.name ?? '';
  const itself = told({ name: teacher, student: 'small-1-gap', windows: 1_536_000 });
  expect(itself.summary).toContain(`distilled from ${teacher}, with whose weights they began, `);
  expect(itself.making).toMatch(
    /began with those weights of .* \(small-1-gap\) that fit it, and learnt what .* says/,
  );
  expect(itself.budget).toContain(`after the 1,536,000 of ${teacher}, whose weights it began with`);
  expect(told({ name: 'other', student: 'tiny-1-gap' }).summary).toContain(
    `distilled from ${teacher}, which began with the weights of other, `,
  );
  const nothing = told(undefined);
  expect(nothing.summary).not.toContain('began');
  expect(nothing.making).toMatch(/^each student began with random weights, and learnt what .* windows$/);
});
