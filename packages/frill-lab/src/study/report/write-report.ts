/** Writes `report.html` with every figure as SVG and its data as CSV beside it. */
import { join } from 'node:path';
import type { LatencyReport } from '../../bench/latency-report.js';
import { writeWhole } from '../../run/whole-file.js';
import { csv } from '../../text/csv.js';
import { type Analysis, type AnalysisOptions, analyse, explainedBy } from '../analysis.js';
import { type DeviceFrontier, deviceFrontiers } from '../device-frontiers.js';
import type { StudyResults } from '../records.js';
import { capacityFigure, explainedFigure } from './capacity-figure.js';
import { pairsCsv } from './choices.js';
import { devicesFigure } from './devices-figure.js';
import { effectsFigure } from './effects-figure.js';
import { type Figure, type FigureMaker, standalone, WIDE } from './figure.js';
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
  explainedFigure,
  capacityFigure,
];

export interface WrittenReport {
  /** Path of report.html. */
  readonly page: string;
  readonly analysis: Analysis;
  readonly figures: readonly Figure[];
  readonly devices: readonly DeviceFrontier[];
}

/** Writes the report of `results` into `folder` (report.html, *.svg, *.csv). */
export async function writeReport(
  results: StudyResults,
  folder: string,
  options: AnalysisOptions = {},
): Promise<WrittenReport> {
  const analysis = analyse(results, options);
  const devices = deviceFrontiers(results, analysis, options);
  const figures = [...FIGURES.map((make) => make(results, analysis)), devicesFigure(devices)].filter(
    (figure): figure is Figure => figure !== undefined,
  );
  for (const figure of figures) {
    await writeWhole(join(folder, `${figure.name}.svg`), standalone(figure.draw(WIDE)));
    await writeWhole(join(folder, `${figure.name}.csv`), figure.csv);
  }
  await writeWhole(join(folder, 'students.csv'), studentsCsv(results, analysis));
  if (analysis.pairs.length > 0) await writeWhole(join(folder, 'pairs.csv'), pairsCsv(analysis));
  if (results.latency) await writeWhole(join(folder, 'latency.csv'), latencyCsv(results.latency));
  const page = join(folder, 'report.html');
  await writeWhole(page, reportPage(results, analysis, figures, devices));
  return { page, analysis, figures, devices };
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
      'latency_ms_low',
      'latency_ms_high',
      'on_frontier',
      'frontier_probability',
      'explained',
      'training_seconds',
      'quality',
      ...tasks,
    ],
    rows.map(({ student, quality, latencyMs, latencyIntervalMs, isFrontier, certainty }) => [
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
      ...latencyIntervalMs,
      isFrontier ? 1 : 0,
      certainty,
      Number.isFinite(explainedBy(student)) ? explainedBy(student) : '',
      student.training.seconds,
      quality,
      ...tasks.map((task) => student.quality.find((item) => item.task === task)?.value ?? ''),
    ]),
  );
}

/** One row a model and path; milliseconds. */
function latencyCsv({ models }: LatencyReport): string {
  return csv(
    ['model', 'path', 'load', 'first', 'median', 'median_low', 'median_high', 'p90', 'p95', 'best', 'steady'],
    models.map((model) => [
      model.name,
      model.path,
      model.coldMs,
      model.firstMs,
      model.medianMs,
      ...model.intervalMs,
      model.p90Ms,
      model.p95Ms,
      model.bestMs,
      model.warmup.steady ? 1 : 0,
    ]),
  );
}
