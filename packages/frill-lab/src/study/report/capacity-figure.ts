/** Whether larger students are better at this budget, and whether learning more of the teacher makes a student better. */

import type { Correlation } from '../../statistics/correlation.js';
import { csv } from '../../text/csv.js';
import { signed, tick } from '../../text/format.js';
import { explainedBy, type StudentRow } from '../analysis.js';
import { type FigureMaker, toSvg, WIDE } from './figure.js';
import { IN_PIXELS, studentMarks, withKey } from './marks.js';

const HEIGHTS = { wide: 400, narrow: 340 };
const quality = ({ quality }: StudentRow) => 100 * quality;

export const capacityFigure: FigureMaker = (_results, { rows, correlations }) => {
  if (rows.length < 2) return undefined;
  const millions = ({ student }: StudentRow) => student.parameters / 1e6;
  return {
    name: 'capacity',
    title: 'Quality against size at equal budget',
    caption: `Every student saw the same number of windows. ${inWords(correlations.parameters, 'Correlation of quality with the logarithm of the number of parameters')}`,
    csv: csv(
      ['student', 'parameters', 'quality_percent'],
      rows.map((row) => [row.student.name, row.student.parameters, quality(row)]),
    ),
    draw: (width) =>
      withKey(
        againstQuality(rows, millions, width, {
          type: 'log',
          label: 'million parameters →',
          tickFormat: tick,
          ticks: width / 110,
          grid: true,
        }),
        width,
      ),
  };
};

export const explainedFigure: FigureMaker = (_results, { rows, correlations }) => {
  const known = rows.filter(({ student }) => Number.isFinite(explainedBy(student)));
  if (known.length < 2) return undefined;
  const explained = ({ student }: StudentRow) => 100 * explainedBy(student);
  return {
    name: 'explained',
    title: 'What was learnt against what it is good for',
    caption: `Part of the variance of the teacher's values that the student predicts on windows held out from training, against quality. ${inWords(correlations.explained, 'Correlation')}`,
    csv: csv(
      ['student', 'explained_percent', 'quality_percent'],
      known.map((row) => [row.student.name, explained(row), quality(row)]),
    ),
    draw: (width) =>
      againstQuality(known, explained, width, {
        label: '% of the teacher explained →',
        ticks: width / 110,
        grid: true,
        nice: true,
      }),
  };
};

/** A mark for each student: something of it along x, its mean over tasks along y. */
function againstQuality(
  rows: readonly StudentRow[],
  value: (row: StudentRow) => number,
  width: number,
  x: NonNullable<Parameters<typeof toSvg>[0]['x']>,
): ReturnType<typeof toSvg> {
  return toSvg({
    width,
    height: width === WIDE ? HEIGHTS.wide : HEIGHTS.narrow,
    marginLeft: 44,
    marginBottom: 46,
    marginTop: 30,
    r: IN_PIXELS,
    x,
    y: { label: '↑ mean over tasks, %', nice: true, grid: true },
    marks: [studentMarks(rows, { x: value, y: quality })],
  });
}

/** `Correlation +0.43 [+0.29, +0.56] over 144 students.` */
export function inWords(found: Correlation | undefined, what: string): string {
  if (!found) return '';
  const [low, high] = found.interval;
  return `${what} ${signed(found.r, 2)} [${signed(low, 2)}, ${signed(high, 2)}] over ${found.count} students.`;
}
