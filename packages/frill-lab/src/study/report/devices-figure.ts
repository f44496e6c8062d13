/** The frontier on each device that the students were measured on, in one plot. */
import { dot, line, text } from '@observablehq/plot';
import { csv } from '../../text/csv.js';
import { percent, three, tick } from '../../text/format.js';
import type { Sheet } from '../../text/sheet.js';
import { BUDGET_MS, type StudentRow } from '../analysis.js';
import type { DeviceFrontier } from '../device-frontiers.js';
import { type Figure, toSvg, WIDE } from './figure.js';

/** One a device, in turn. */
const HUES = ['var(--accent)', 'var(--tiny)', 'var(--large)', 'var(--teacher)', 'var(--quiet)'];

interface Point {
  readonly device: string;
  readonly row: StudentRow;
}

export function devicesFigure(devices: readonly DeviceFrontier[]): Figure | undefined {
  if (devices.length < 2) return undefined;
  const all = devices.flatMap(({ device, analysis }) =>
    analysis.rows.filter((row) => Number.isFinite(row.latencyMs)).map((row): Point => ({ device, row })),
  );
  const frontiers = devices.flatMap(({ device, analysis }) =>
    analysis.frontier.map((row): Point => ({ device, row })),
  );
  const ends = devices.flatMap(({ device, analysis }) => {
    const row = analysis.frontier.at(-1);
    return row ? [{ device, row }] : [];
  });
  const place = { x: ({ row }: Point) => row.latencyMs, y: ({ row }: Point) => 100 * row.quality };
  const stroke = ({ device }: Point) => HUES[devices.findIndex((one) => one.device === device) % HUES.length];
  return {
    name: 'devices',
    title: 'The same students on other devices',
    caption: `Mean over tasks against the median time of one inference (log scale). Each line is the frontier of one device: ${devices.map(({ device }) => device).join('; ')}.`,
    csv: csv(
      ['device', 'student', 'latency_ms', 'quality_percent', 'on_frontier'],
      all.map(({ device, row }) => [
        device,
        row.student.name,
        row.latencyMs,
        100 * row.quality,
        row.isFrontier ? 1 : 0,
      ]),
    ),
    draw: (width) =>
      toSvg({
        width,
        height: width === WIDE ? 460 : 380,
        marginLeft: 44,
        marginBottom: 46,
        marginTop: 30,
        marginRight: 16,
        x: {
          type: 'log',
          label: 'milliseconds a window →',
          tickFormat: tick,
          ticks: width / 110,
          nice: true,
        },
        y: { label: '↑ mean over tasks, %', grid: true, nice: true },
        marks: [
          dot(all, { ...place, r: 2, fill: stroke, fillOpacity: 0.35 }),
          line(frontiers, { ...place, z: 'device', curve: 'step-after', stroke, strokeWidth: 1.8 }),
          dot(frontiers, { ...place, r: 3.5, fill: stroke }),
          text(ends, {
            ...place,
            text: 'device',
            fill: stroke,
            stroke: 'var(--paper)',
            strokeWidth: 4,
            textAnchor: 'end',
            lineWidth: 16,
            dy: -14,
          }),
        ],
      }),
  };
}

/** A row a device: its best student, its frontier, and how far its order is that of the first. */
export function devicesSheet(devices: readonly DeviceFrontier[]): Sheet | undefined {
  if (devices.length < 2) return undefined;
  return {
    columns: [
      'device',
      'students',
      'on the frontier',
      `best under ${BUDGET_MS} ms`,
      '%',
      'ms',
      'times the first',
      'rank correlation',
    ],
    words: [3],
    rows: devices.map(({ device, analysis: { rows, frontier, best }, agreement }) => [
      device,
      `${rows.filter(({ latencyMs }) => Number.isFinite(latencyMs)).length}`,
      `${frontier.length}`,
      best?.student.name ?? '–',
      best ? percent(best.quality) : '–',
      best ? three(best.latencyMs) : '–',
      agreement ? three(agreement.ratio) : '–',
      agreement?.ranks === undefined ? '–' : agreement.ranks.toFixed(3),
    ]),
  };
}
