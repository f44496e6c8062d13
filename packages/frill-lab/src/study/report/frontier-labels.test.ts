import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { analyse } from '../analysis.js';
import { frontierLabels } from './frontier-labels.js';

const { frontier } = analyse(exampleResults());
const frame = { width: 800, height: 440, x: [0.4, 20], y: [38, 68] } as const;

test('every member has its number, above it or to its left, and no two lie upon each other', () => {
  const place = {
    x: ({ latencyMs }: { latencyMs: number }) => latencyMs,
    y: ({ quality }: { quality: number }) => 100 * quality,
  };
  const labels = frontierLabels(frontier, place, frame);
  expect(labels.map(({ text }) => text)).toEqual(frontier.map((_, index) => String(index + 1)));
  const pixels = labels.map(({ x, y }) => [(800 * Math.log(x / 0.4)) / Math.log(50), (440 * (68 - y)) / 30]);
  for (const [i, { row, x, y }] of labels.entries()) {
    expect(x).toBeLessThan(row.latencyMs);
    expect(y).toBeGreaterThan(100 * row.quality);
    for (const [j, [left, top]] of pixels.entries())
      if (i !== j)
        expect(
          Math.max(Math.abs(left - pixels[i][0]) / 17, Math.abs(top - pixels[i][1]) / 14),
        ).toBeGreaterThan(0.999);
  }
});
