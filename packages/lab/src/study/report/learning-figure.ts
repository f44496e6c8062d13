/** Whether the students were done learning when they were stopped. */
import { line, ruleX } from '@observablehq/plot';
import { quantile } from '../../bench/quantiles.js';
import { SIZES, type StudentConfig } from '../../models/student-config.js';
import { bottleneckScheduleSchema } from '../../train/bottleneck-schedule.js';
import type { StudentResult } from '../records.js';
import { type FigureMaker, sizeColour, toSvg, WIDE } from './figure.js';
import { csv, tick } from './format.js';

/** Of more students than that, single curves are pale and their kinds have medians. */
const MANY = 24;

interface Point {
  readonly name: string;
  readonly step: number;
  readonly loss: number;
  readonly colour: string;
  readonly isCompressed: boolean;
}

export const learningFigure: FigureMaker = ({ students }) => {
  const points = students.flatMap(({ name, config, training }) =>
    training.validation.map(
      ([step, loss]): Point => ({
        name,
        step,
        loss,
        colour: sizeColour(config.size),
        isCompressed: isCompressed(config),
      }),
    ),
  );
  if (points.length <= students.length) return undefined;
  const isMany = students.length > MANY;
  const curve = { x: 'step', y: 'loss', z: 'name', stroke: 'colour', title: 'name' };
  const shown = isMany ? medians(students) : points;
  const factored = shown.filter((point) => point.isCompressed);
  const { end } = bottleneckScheduleSchema.parse({}).compression;
  const blended = factored.length > 0 ? [Math.round(end * (students[0]?.training.steps ?? 0))] : [];
  return {
    name: 'learning',
    title: 'How far the students had come',
    caption: `Mean squared error against the teacher on windows held out from training (log scale).${isMany ? ' Bold lines are the medians of tiny, small and large.' : ''}
      Lines that still fall at the right end were stopped early.${factored.length > 0 ? ' Compressed students are dashed: at the vertical line their full bottleneck is gone, and its two factors train on alone.' : ''}`,
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
          ruleX(blended, { stroke: 'var(--quiet)', strokeDasharray: '2 3' }),
          line(isMany ? points : [], { ...curve, strokeOpacity: 0.14, strokeWidth: 1 }),
          line(
            shown.filter((point) => !point.isCompressed),
            { ...curve, strokeWidth: isMany ? 3 : 1.5 },
          ),
          line(factored, { ...curve, strokeWidth: isMany ? 3 : 1.5, strokeDasharray: '7 4' }),
        ],
      }),
  };
};

/** The median over students of a size, compressed or not, at each step where they were validated. */
function medians(students: readonly StudentResult[]): Point[] {
  return SIZES.flatMap((size) =>
    [false, true].flatMap((compressed) => {
      const losses = new Map<number, number[]>();
      for (const { config, training } of students)
        if (config.size === size && isCompressed(config) === compressed)
          for (const [step, loss] of training.validation)
            losses.set(step, [...(losses.get(step) ?? []), loss]);
      return [...losses].map(
        ([step, all]): Point => ({
          name: `median of ${size}${compressed ? ', compressed' : ''}`,
          step,
          loss: quantile(all, 0.5),
          colour: sizeColour(size),
          isCompressed: compressed,
        }),
      );
    }),
  );
}

function isCompressed({ compression }: StudentConfig): boolean {
  return compression.kind === 'low-rank';
}
