/** Whether the students were done learning when they were stopped. */
import { line, type PlotOptions, ruleX } from '@observablehq/plot';
import { SIZES, type StudentConfig } from '../../models/student-config.js';
import { quantile } from '../../statistics/quantiles.js';
import { csv } from '../../text/csv.js';
import { tick } from '../../text/format.js';
import { bottleneckScheduleSchema } from '../../train/bottleneck-schedule.js';
import type { StudentResult } from '../records.js';
import { type FigureMaker, sizeColour, stacked, toSvg, WIDE } from './figure.js';

/** Most students with curves of their own weight: of more, single curves are pale and their kinds have medians. */
const MANY = 24;

/** Lowest value of the axis, in percent; a student that has hardly begun can be far worse than the mean, and would press the rest together. */
const FLOOR = -20;

interface Point {
  readonly name: string;
  readonly step: number;
  readonly loss: number;
  /** Share of the variance explained, in percent; NaN where it was not measured. */
  readonly explained: number;
  readonly colour: string;
  readonly isCompressed: boolean;
}

export const learningFigure: FigureMaker = ({ students }) => {
  const points = students.flatMap(({ name, config, training }) =>
    training.validation.map(
      ([step, loss, explained = Number.NaN]): Point => ({
        name,
        step,
        loss,
        explained: 100 * explained,
        colour: sizeColour(config.size),
        isCompressed: isCompressed(config),
      }),
    ),
  );
  if (points.length <= students.length) return undefined;
  const isMany = students.length > MANY;
  const shown = isMany ? medians(students) : points;
  const hasExplained = points.some(({ explained }) => Number.isFinite(explained));
  const hasCompressed = shown.some((point) => point.isCompressed);
  const { end } = bottleneckScheduleSchema.parse({}).compression;
  const blended = hasCompressed ? [Math.round(end * (students[0]?.training.steps ?? 0))] : [];
  const curves = (quantity: 'loss' | 'explained', width: number, y: PlotOptions['y']) => {
    const curve = { x: 'step', y: quantity, z: 'name', stroke: 'colour', title: 'name' };
    const bold = { ...curve, strokeWidth: isMany ? 3 : 1.5 };
    return toSvg({
      width,
      height: width === WIDE ? 360 : 300,
      marginLeft: 48,
      marginBottom: 44,
      marginTop: 34,
      x: { label: 'training step →', ticks: width / 120 },
      y: { grid: true, ticks: 6, ...y },
      marks: [
        ruleX(blended, { stroke: 'var(--quiet)', strokeDasharray: '2 3' }),
        line(isMany ? points : [], { ...curve, strokeOpacity: 0.14, strokeWidth: 1 }),
        line(
          shown.filter((point) => !point.isCompressed),
          bold,
        ),
        line(
          shown.filter((point) => point.isCompressed),
          { ...bold, strokeDasharray: '7 4' },
        ),
      ],
    });
  };
  return {
    name: 'learning',
    title: 'How far the students had come',
    caption: `Mean squared error against the teacher on windows held out from training (log scale)${hasExplained ? ', and below it the part of the variance of its values that is predicted (what is worse than −20 % is drawn there)' : ''}.${isMany ? ' Bold lines are the medians of tiny, small and large.' : ''}
      Lines that still ${hasExplained ? 'move' : 'fall'} at the right end were stopped early.${hasCompressed ? ' Compressed students are dashed: at the vertical line their full bottleneck is gone, and its two factors train on alone.' : ''}`,
    csv: csv(
      ['student', 'step', 'validation_loss', ...(hasExplained ? ['explained_percent'] : [])],
      points.map(({ name, step, loss, explained }) => [
        name,
        step,
        loss,
        ...(hasExplained ? [Number.isFinite(explained) ? explained : ''] : []),
      ]),
    ),
    draw(width) {
      const loss = curves('loss', width, {
        type: 'log',
        label: '↑ mean squared error',
        tickFormat: tick,
      });
      if (!hasExplained) return loss;
      const known = points.map((point) => point.explained).filter(Number.isFinite);
      const domain = [Math.max(FLOOR, Math.min(...known)), Math.max(...known)];
      return stacked(
        loss,
        curves('explained', width, { label: '↑ % of the teacher explained', domain, clamp: true }),
        width,
      );
    },
  };
};

/** The median over students of a size, compressed or not, at each step where they were validated. */
function medians(students: readonly StudentResult[]): Point[] {
  return SIZES.flatMap((size) =>
    [false, true].flatMap((compressed) => {
      const kind = students.filter(
        ({ config }) => config.size === size && isCompressed(config) === compressed,
      );
      const validations = kind.flatMap(({ training }) => training.validation);
      return [...new Set(validations.map(([step]) => step))].map((step): Point => {
        const here = validations.filter((validation) => validation[0] === step);
        return {
          name: `median of ${size}${compressed ? ', compressed' : ''}`,
          step,
          loss: quantile(
            here.map(([, loss]) => loss),
            0.5,
          ),
          explained:
            100 *
            quantile(
              here.flatMap(([, , explained]) => explained ?? []),
              0.5,
            ),
          colour: sizeColour(size),
          isCompressed: compressed,
        };
      });
    }),
  );
}

function isCompressed({ compression }: StudentConfig): boolean {
  return compression.kind === 'low-rank';
}
