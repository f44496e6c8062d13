/** Latency against quality: every student a dot, the frontier a line, teacher and baselines as levels. */
import { dot, line, ruleY, text } from '@observablehq/plot';
import { meanQuality, type StudentRow } from '../analysis.js';
import { type FigureMaker, sizeColour, toSvg, WIDE } from './figure.js';
import { csv, percent, three, tick } from './format.js';

export const frontierFigure: FigureMaker = ({ representations }, { rows, frontier }) => {
  const measured = rows.filter((row) => Number.isFinite(row.latencyMs));
  if (measured.length === 0) return undefined;
  const levels = representations.map(({ name, role, quality }) => ({
    name: role === 'teacher' ? `${name}, the teacher` : name,
    colour: role === 'teacher' ? 'var(--teacher)' : 'var(--quiet)',
    quality: 100 * meanQuality(quality),
  }));
  const latencies = measured.map((row) => row.latencyMs);
  const domain = [Math.min(...latencies) / 1.15, Math.max(...latencies) * 1.15];
  const left = { x: (row: StudentRow) => row.latencyMs, y: (row: StudentRow) => 100 * row.quality };
  return {
    name: 'frontier',
    title: 'Latency against quality',
    caption: `Mean over tasks against the median time of one inference (log scale). Numbered dots are on the frontier: no other student is
      both as fast and as good. A pale ring around a number means that membership is not certain: it holds in fewer than 95 % of bootstrap draws.`,
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
    draw: (width) =>
      toSvg({
        width,
        height: width === WIDE ? 500 : 400,
        marginLeft: 44,
        marginBottom: 46,
        marginTop: 34,
        marginRight: 16,
        x: { type: 'log', domain, label: 'milliseconds a window →', tickFormat: tick, ticks: width / 110 },
        y: { label: '↑ mean over tasks, %', nice: true, grid: true },
        marks: [
          ruleY(levels, { y: 'quality', stroke: 'colour', strokeDasharray: '5 4' }),
          text(levels, {
            y: 'quality',
            text: 'name',
            fill: 'colour',
            frameAnchor: 'left',
            textAnchor: 'start',
            dx: 6,
            dy: -9,
            stroke: 'var(--paper)',
            strokeWidth: 4,
          }),
          line(frontier, {
            ...left,
            curve: 'step-after',
            stroke: 'var(--accent)',
            strokeWidth: 1.5,
            strokeOpacity: 0.6,
          }),
          dot(
            measured.filter((row) => !row.isFrontier),
            {
              ...left,
              r: 4,
              stroke: (row: StudentRow) => sizeColour(row.student.config.size),
              fill: fillOf,
              fillOpacity: 0.75,
              title: titleOf,
            },
          ),
          dot(frontier, {
            ...left,
            r: 10,
            stroke: (row: StudentRow) => sizeColour(row.student.config.size),
            strokeOpacity: (row: StudentRow) => (row.certainty >= 0.95 ? 1 : 0.45),
            strokeWidth: 2,
            fill: 'var(--paper)',
            title: titleOf,
          }),
          text(frontier, {
            ...left,
            text: (_row: StudentRow, index: number) => String(index + 1),
            fill: (row: StudentRow) => sizeColour(row.student.config.size),
            fontWeight: 650,
            pointerEvents: 'none',
          }),
        ],
      }),
  };
};

export function fillOf(row: StudentRow): string {
  return row.student.config.pooling === 'gap' ? sizeColour(row.student.config.size) : 'var(--paper)';
}

export function titleOf(row: StudentRow): string {
  return `${row.student.name}\n${percent(row.quality)} %, ${three(row.latencyMs)} ms, ${three(row.sizeMiB)} MiB`;
}
