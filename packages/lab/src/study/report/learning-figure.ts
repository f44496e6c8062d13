/** Whether the students were done learning when they were stopped. */
import { line } from '@observablehq/plot';
import { type FigureMaker, sizeColour, toSvg, WIDE } from './figure.js';
import { csv } from './format.js';

export const learningFigure: FigureMaker = ({ students }) => {
  const points = students.flatMap(({ name, config, training }) =>
    training.validation.map(([step, loss]) => ({ name, step, loss, colour: sizeColour(config.size) })),
  );
  if (points.length <= students.length) return undefined;
  return {
    name: 'learning',
    title: 'How far the students had come',
    caption:
      'Mean squared error against the teacher on windows held out from training. Lines that still fall at the right end were stopped early.',
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
        y: { label: '↑ mean squared error', grid: true, nice: true },
        marks: [
          line(points, {
            x: 'step',
            y: 'loss',
            z: 'name',
            stroke: 'colour',
            strokeOpacity: students.length > 24 ? 0.4 : 0.85,
            title: 'name',
          }),
        ],
      }),
  };
};
