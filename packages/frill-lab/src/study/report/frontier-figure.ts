/** Latency against quality: every student a mark, the frontier a line, teacher and baselines as levels. */
import { line, ruleY, text } from '@observablehq/plot';
import { csv } from '../../text/csv.js';
import { tick } from '../../text/format.js';
import { meanQuality, type StudentRow } from '../analysis.js';
import { type FigureMaker, toSvg, WIDE } from './figure.js';
import { frontierLabels, type Label } from './frontier-labels.js';
import { IN_PIXELS, studentMarks, withKey } from './marks.js';

/** Members below this share of bootstrap draws are called uncertain. */
export const CERTAIN = 0.95;

const MARGINS = { marginLeft: 44, marginBottom: 46, marginTop: 30, marginRight: 16 };

export const frontierFigure: FigureMaker = ({ representations }, { rows, frontier }) => {
  const measured = rows.filter((row) => Number.isFinite(row.latencyMs));
  if (measured.length === 0) return undefined;
  const levels = representations.map(({ name, role, quality }) => ({
    name: role === 'teacher' ? `${name}, the teacher` : name,
    colour: role === 'teacher' ? 'var(--teacher)' : 'var(--quiet)',
    quality: 100 * meanQuality(quality),
  }));
  const latencies = measured.map((row) => row.latencyMs);
  const qualities = [
    ...measured.map(({ quality }) => 100 * quality),
    ...levels.map(({ quality }) => quality),
  ];
  const x = [Math.min(...latencies) / 1.3, Math.max(...latencies) * 1.15] as const;
  const y = [Math.floor(Math.min(...qualities) - 1), Math.ceil(Math.max(...qualities) + 2)] as const;
  const place = { x: (row: StudentRow) => row.latencyMs, y: (row: StudentRow) => 100 * row.quality };
  return {
    name: 'frontier',
    title: 'Latency against quality',
    caption: `Mean over tasks against the median time of one inference (log scale). Numbered students are on the frontier: no other is
      both as fast and as good. A pale number means that membership is not certain: it holds in fewer than ${100 * CERTAIN} % of bootstrap draws.`,
    csv: csv(
      ['student', 'latency_ms', 'quality_percent', 'size_mib', 'on_frontier', 'frontier_probability'],
      measured.map((row) => [
        row.student.name,
        row.latencyMs,
        100 * row.quality,
        row.sizeMiB,
        row.isFrontier ? 1 : 0,
        row.certainty,
      ]),
    ),
    draw: (width) => {
      const height = width === WIDE ? 520 : 420;
      const frame = {
        width: width - MARGINS.marginLeft - MARGINS.marginRight,
        height: height - MARGINS.marginTop - MARGINS.marginBottom,
        x,
        y,
      };
      const drawn = toSvg({
        width,
        height,
        ...MARGINS,
        r: IN_PIXELS,
        x: { type: 'log', domain: x, label: 'milliseconds a window →', tickFormat: tick, ticks: width / 110 },
        y: { label: '↑ mean over tasks, %', domain: y, grid: true },
        marks: [
          ruleY(levels, { y: 'quality', stroke: 'colour', strokeDasharray: '5 4' }),
          line(frontier, {
            ...place,
            curve: 'step-after',
            stroke: 'var(--accent)',
            strokeWidth: 1.5,
            strokeOpacity: 0.6,
          }),
          studentMarks(measured, place),
          text(levels, {
            y: 'quality',
            text: 'name',
            fill: 'colour',
            frameAnchor: 'right',
            textAnchor: 'end',
            dx: -4,
            dy: -9,
            stroke: 'var(--paper)',
            strokeWidth: 4,
          }),
          text(frontierLabels(frontier, place, frame), {
            x: 'x',
            y: 'y',
            text: 'text',
            fill: 'var(--ink)',
            fillOpacity: ({ row }: Label) => (row.certainty >= CERTAIN ? 1 : 0.55),
            fontWeight: 650,
            stroke: 'var(--paper)',
            strokeWidth: 3,
            pointerEvents: 'none',
          }),
        ],
      });
      return withKey(drawn, width);
    },
  };
};
