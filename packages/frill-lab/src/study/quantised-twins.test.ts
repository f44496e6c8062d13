import { expect, test } from 'vitest';
import { exampleResults } from '../../../../testing/study-results.js';
import { analyse } from './analysis.js';
import { quantisedTwins } from './quantised-twins.js';
import { formsSentence } from './report/choices.js';

const results = exampleResults('tiny-1-gap tiny-1-gap-qat small-1-gap small-1-gap-qat');
const analysis = analyse(results);

/** The analysis with one student's latency (and size) as multiples of its twin's. */
function changed(name: string, latency: number, size: number) {
  const twin = analysis.rows.find(({ student }) => student.name === name.replace('-qat', ''));
  const rows = analysis.rows.map((row) => {
    if (row.student.name !== name || !twin) return row;
    const latencyMs = latency * twin.latencyMs;
    return {
      ...row,
      latencyMs,
      latencyIntervalMs: [0.99 * latencyMs, 1.01 * latencyMs] as const,
      student: { ...row.student, bytes: size * twin.student.bytes },
    };
  });
  return { ...analysis, rows };
}

test('quantised students are held against their twins', () => {
  const found = quantisedTwins(analysis.rows, results.latency);
  expect(found).toMatchObject({ pairs: 2, slower: [], bad: [] });
  expect(found?.sizeRatios[1]).toBeLessThan(1);
  expect(formsSentence(analysis, results.latency)).toMatch(/None is slower/);
});

test('a form that is slower says so; one that is no smaller either is named', () => {
  expect(formsSentence(changed('tiny-1-gap-qat', 1.5, 0.7), results.latency)).toMatch(
    /1 is slower by more than the noise, but all of these are smaller/,
  );
  expect(formsSentence(changed('tiny-1-gap-qat', 1.5, 1), results.latency)).toMatch(
    /no advantage: tiny-1-gap-qat/,
  );
  expect(formsSentence(changed('tiny-1-gap-qat', 1.01, 1), results.latency)).toMatch(/None is slower/);
});
