/** Writes `report.html` with every figure as SVG and its data as CSV beside it. */
import { join } from 'node:path';
import { writeWhole } from '../../run/whole-file.js';
import { type Analysis, analyse } from '../analysis.js';
import type { StudyResults } from '../records.js';
import { effectsFigure } from './effects-figure.js';
import { type Figure, type FigureMaker, standalone, WIDE } from './figure.js';
import { csv } from './format.js';
import { frontierFigure } from './frontier-figure.js';
import { learningFigure } from './learning-figure.js';
import { reportPage } from './page.js';
import { sizeFigure } from './size-figure.js';
import { tasksFigure } from './tasks-figure.js';

const FIGURES: readonly FigureMaker[] = [
  frontierFigure,
  tasksFigure,
  effectsFigure,
  sizeFigure,
  learningFigure,
];

export interface WrittenReport {
  /** Path of report.html. */
  readonly page: string;
  readonly analysis: Analysis;
}

/** Writes the report of `results` into `folder` (report.html, *.svg, *.csv). */
export async function writeReport(results: StudyResults, folder: string): Promise<WrittenReport> {
  const analysis = analyse(results);
  const figures = FIGURES.map((make) => make(results, analysis)).filter(
    (figure): figure is Figure => figure !== undefined,
  );
  for (const figure of figures) {
    await writeWhole(join(folder, `${figure.name}.svg`), standalone(figure.draw(WIDE)));
    await writeWhole(join(folder, `${figure.name}.csv`), figure.csv);
  }
  await writeWhole(join(folder, 'students.csv'), studentsCsv(results, analysis));
  const page = join(folder, 'report.html');
  await writeWhole(page, reportPage(results, analysis, figures));
  return { page, analysis };
}

/** One row a student with everything a spreadsheet would want. */
function studentsCsv({ students }: StudyResults, { rows }: Analysis): string {
  const tasks = (students[0]?.quality ?? []).map(({ task }) => task);
  return csv(
    [
      'student',
      'size',
      'width',
      'pooling',
      'rank',
      'quantization',
      'parameters',
      'multiply_accumulates',
      'bytes',
      'latency_ms',
      'quality',
      ...tasks,
    ],
    rows.map(({ student, quality, latencyMs }) => [
      student.name,
      student.config.size,
      student.config.width,
      student.config.pooling,
      student.config.compression.kind === 'low-rank' ? student.config.compression.rank : '',
      student.config.quantization,
      student.parameters,
      student.multiplyAccumulates,
      student.bytes,
      latencyMs,
      quality,
      ...tasks.map((task) => student.quality.find((item) => item.task === task)?.value ?? ''),
    ]),
  );
}
