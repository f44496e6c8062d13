/** Task by task: where all the students lie between chance, the baselines and the teacher. */
import { dot, text, tickX } from '@observablehq/plot';
import { csv } from '../../text/csv.js';
import { type FigureMaker, sizeColour, toSvg, WIDE } from './figure.js';

interface Mark {
  readonly task: string;
  readonly name: string;
  readonly value: number;
  readonly colour: string;
}

/** Width of an average letter in pixels. */
const LETTER = 6.9;

export const tasksFigure: FigureMaker = ({ students, representations }) => {
  const of = (role: 'teacher' | 'baseline', colour: string): Mark[] =>
    representations
      .filter((representation) => representation.role === role)
      .flatMap(({ name, quality }) =>
        quality.map(({ title, value }) => ({ task: title, name, value: 100 * value, colour })),
      );
  const marks = students.flatMap(({ name, config, quality }) =>
    quality.map(({ title, value }) => ({
      task: title,
      name,
      value: 100 * value,
      colour: sizeColour(config.size),
    })),
  );
  if (marks.length === 0) return undefined;
  const chance = (students[0]?.quality ?? []).map(({ title, chance }) => ({
    task: title,
    value: 100 * chance,
  }));
  const [teachers, baselines] = [of('teacher', 'var(--teacher)'), of('baseline', 'var(--ink)')];
  const tasks = [...new Set(marks.map(({ task }) => task))];
  const title = ({ name, value }: Mark) => `${name}: ${value.toFixed(1)} %`;
  return {
    name: 'tasks',
    title: 'Task by task',
    caption: `Each tick is a student. Red dots are the teacher, rings the baselines, grey crosses what guessing reaches.`,
    csv: csv(
      ['task', 'representation', 'value_percent'],
      [...marks, ...teachers, ...baselines].map(({ task, name, value }) => [task, name, value]),
    ),
    draw: (width) => {
      const isWide = width === WIDE;
      return toSvg({
        width,
        height: 56 + (isWide ? 46 : 58) * tasks.length,
        marginLeft: isWide ? LETTER * Math.max(...tasks.map((task) => task.length)) + 16 : 8,
        marginRight: 14,
        marginBottom: 42,
        x: { label: '% of test clips →', domain: [0, 100], grid: true, ticks: isWide ? 10 : 5 },
        y: {
          domain: tasks,
          label: null,
          padding: isWide ? 0.4 : 0.55,
          tickSize: 0,
          axis: isWide ? 'left' : null,
        },
        marks: [
          isWide
            ? null
            : text(tasks, {
                x: () => 0,
                y: (task: string) => task,
                text: (task: string) => task,
                textAnchor: 'start',
                dy: -21,
                fontSize: 13,
              }),
          tickX(marks, { x: 'value', y: 'task', stroke: 'colour', strokeOpacity: 0.7, title }),
          dot(chance, { x: 'value', y: 'task', symbol: 'times', r: 4, stroke: 'var(--quiet)' }),
          dot(baselines, { x: 'value', y: 'task', r: 5, stroke: 'colour', strokeWidth: 1.8, title }),
          dot(teachers, { x: 'value', y: 'task', r: 5, fill: 'colour', title }),
        ],
      });
    },
  };
};
