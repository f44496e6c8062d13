/** Size on disk against latency: what each costs, and that they are not the same cost. */
import { text } from '@observablehq/plot';
import { csv } from '../../text/csv.js';
import { tick } from '../../text/format.js';
import type { StudentRow } from '../analysis.js';
import { type FigureMaker, toSvg, WIDE } from './figure.js';
import { IN_PIXELS, studentMarks, withKey } from './marks.js';

/** Room for the marks of the extreme students, in pixels. */
const INSET = 14;

export const sizeFigure: FigureMaker = (_results, { rows, frontier }) => {
  const measured = rows.filter((row) => Number.isFinite(row.latencyMs));
  if (measured.length === 0) return undefined;
  const place = { x: (row: StudentRow) => row.sizeMiB, y: (row: StudentRow) => row.latencyMs };
  return {
    name: 'size',
    title: 'Size against latency',
    caption:
      'The .tflite file against one inference, both on log scales; numbers are the frontier of the first plot.',
    csv: csv(
      ['student', 'size_mib', 'latency_ms', 'parameters', 'multiply_accumulates'],
      measured.map(({ student, sizeMiB, latencyMs }) => [
        student.name,
        sizeMiB,
        latencyMs,
        student.parameters,
        student.multiplyAccumulates,
      ]),
    ),
    draw: (width) =>
      withKey(
        toSvg({
          width,
          height: width === WIDE ? 430 : 360,
          marginLeft: 44,
          marginBottom: 46,
          marginTop: 34,
          r: IN_PIXELS,
          x: {
            type: 'log',
            label: 'MiB on disk →',
            tickFormat: tick,
            ticks: width / 110,
            grid: true,
            inset: INSET,
          },
          y: {
            type: 'log',
            label: '↑ milliseconds a window',
            tickFormat: tick,
            ticks: 5,
            grid: true,
            inset: INSET,
          },
          marks: [
            studentMarks(measured, place),
            text(frontier, {
              ...place,
              text: (_row: StudentRow, index: number) => String(index + 1),
              fill: 'var(--ink)',
              stroke: 'var(--paper)',
              strokeWidth: 3,
              dy: -13,
              fontWeight: 650,
            }),
          ],
        }),
        width,
      ),
  };
};
