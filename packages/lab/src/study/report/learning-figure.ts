/** Whether the students were done learning when they were stopped. */
import { line } from '@observablehq/plot';
import { quantile } from '../../bench/quantiles.js';
import { SIZES } from '../../models/student-config.js';
import type { StudentResult } from '../records.js';
import { type FigureMaker, sizeColour, toSvg, WIDE } from './figure.js';
import { csv, tick } from './format.js';

/** Of more students than that, single curves are pale and each size has its median. */
const MANY = 24;

interface Point {
  readonly name: string;
  readonly step: number;
  readonly loss: number;
  readonly colour: string;
}

export const learningFigure: FigureMaker = ({ students }) => {
  const points = students.flatMap(({ name, config, training }) =>
    training.validation.map(([step, loss]): Point => ({ name, step, loss, colour: sizeColour(config.size) })),
  );
  if (points.length <= students.length) return undefined;
  const isMany = students.length > MANY;
  const curve = { x: 'step', y: 'loss', z: 'name', stroke: 'colour', title: 'name' };
  return {
    name: 'learning',
    title: 'How far the students had come',
    caption: `Mean squared error against the teacher on windows held out from training (log scale).${isMany ? ' Bold lines are the medians of tiny, small and large.' : ''}
      Lines that still fall at the right end were stopped early.`,
    csv: csv(
      ['student', 'step', 'validation_loss'],
      points.map(({ name, step, loss }) => [name, step, loss]),
    ),
    draw: (width) =>
      toSvg({
        width,
        height: width === WIDE ? 360 : 300,
        marginLeft: 48,
        marginBottom: 44,
        marginTop: 34,
        x: { label: 'training step →', ticks: width / 120 },
        y: { type: 'log', label: '↑ mean squared error', grid: true, tickFormat: tick, ticks: 6 },
        marks: [
          line(points, { ...curve, strokeOpacity: isMany ? 0.16 : 0.85, strokeWidth: isMany ? 1 : 1.5 }),
          line(isMany ? medians(students) : [], { ...curve, strokeWidth: 3 }),
        ],
      }),
  };
};

/** The median over a size's students at each step where all were validated. */
function medians(students: readonly StudentResult[]): Point[] {
  return SIZES.flatMap((size) => {
    const losses = new Map<number, number[]>();
    for (const { config, training } of students)
      if (config.size === size)
        for (const [step, loss] of training.validation) losses.set(step, [...(losses.get(step) ?? []), loss]);
    return [...losses].map(([step, all]) => ({
      name: `median of ${size}`,
      step,
      loss: quantile(all, 0.5),
      colour: sizeColour(size),
    }));
  });
}
