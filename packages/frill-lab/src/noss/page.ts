/** An evaluation as one HTML file without any other files: the table, what each probe reached, confusion matrices. */

import { escaped, percent } from '../text/format.js';
import { CLEAN } from './conditions/condition.js';
import type { Evaluation, RepresentationResult } from './results-file.js';
import { METRICS } from './score.js';
import { aboutIntervals, intervalOf, scoreWithInterval } from './table.js';
import type { TaskResult } from './task-result.js';

export function toHtml(evaluation: Evaluation): string {
  const { representations } = evaluation;
  const tasks = representations[0]?.tasks ?? [];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Frill evaluation</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
  th, td { padding: 0.25rem 0.6rem; text-align: right; border-bottom: 1px solid #ddd; }
  th:first-child, td:first-child { text-align: left; }
  .matrix td { border: 0; text-align: center; min-width: 1.8rem; }
  .matrix th { border: 0; font-weight: normal; font-size: 0.85em; }
  summary { cursor: pointer; }
  small { color: #666; }
</style>
<h1>Evaluation</h1>
<p>The probe is chosen on validation clips and scored once on test clips. ${aboutIntervals(tasks)} In small print the
best test score of any probe, as published results give it: optimistic by construction.</p>
${table(
  [
    '',
    ...tasks.map(({ title, metric }) => `${escaped(title)}<br><small>${METRICS[metric].title}, %</small>`),
    'mean',
  ],
  [
    ...representations.map((result) => [
      escaped(result.name),
      ...result.tasks.map(
        (task) => `${scoreWithInterval(task)}<br><small>best ${percent(task.bestOnTest)}</small>`,
      ),
      percent(result.summary.score),
    ]),
    ['<small>chance</small>', ...tasks.map(({ chance }) => `<small>${percent(chance)}</small>`), ''],
  ],
)}
${conditionsTable(representations, tasks)}
${evaluation.warnings.map((warning) => `<p>${escaped(warning)}</p>`).join('\n')}
${representations.map(section).join('\n')}
</html>
`;
}

/** Under each condition the mean score, and what is lost. */
function conditionsTable(
  representations: readonly RepresentationResult[],
  tasks: readonly TaskResult[],
): string {
  const conditions = tasks[0]?.conditions ?? [];
  if (conditions.length === 0) return '';
  return `<h2>When test clips are changed</h2>
<p>Mean over the tasks, and in small print what is lost. The probe learned from clips as they are.</p>
${table(
  [
    '',
    `${CLEAN}<br><small>as they are</small>`,
    ...conditions.map(({ condition, title }) => `${condition}<br><small>${escaped(title)}</small>`),
  ],
  representations.map(({ name, summary }) => [
    escaped(name),
    percent(summary.score),
    ...summary.conditions.map(({ score, drop }) => `${percent(score)}<br><small>${percent(-drop)}</small>`),
  ]),
)}`;
}

/** Table of one task's conditions, with the intervals. */
function conditionsOf(task: TaskResult): string {
  if (task.conditions.length === 0) return '';
  return table(
    ['test clips', METRICS[task.metric].title, 'change'],
    task.conditions.map(({ condition, title, score, interval, drop, dropInterval }) => [
      `${condition}: ${escaped(title)}`,
      `${percent(score)} ${intervalOf(interval, task)}`,
      `${percent(-drop)} ${intervalOf(dropInterval && [-dropInterval[1], -dropInterval[0]], task)}`,
    ]),
  );
}

function section(result: RepresentationResult): string {
  return `<h2>${escaped(result.name)} <small>${result.dimension} values</small></h2>
${result.tasks.map(details).join('\n')}`;
}

function details(task: TaskResult): string {
  const findings = task.findings.map((finding) => `<p>${escaped(finding)}</p>`).join('');
  return `<details><summary>${escaped(task.title)}: ${scoreWithInterval(task)}, ${escaped(task.chosen)}</summary>
${findings}${matrixTable(task)}
<p>${Object.entries(task.byMetric)
    .map(([title, value]) => `${escaped(title)} ${title === "d'" ? value.toFixed(2) : `${percent(value)} %`}`)
    .join(', ')}</p>
${conditionsOf(task)}${headsOf(task)}${fewShotTable(task)}${table(
  ['probe', 'validation', 'test', 'iterations', 'largest gradient'],
  task.candidates.map(({ candidate, validation, test, fits }) => [
    escaped(candidate),
    percent(validation),
    percent(test),
    ...(fits.length === 0
      ? ['', '']
      : [
          String(Math.max(...fits.map(({ iterations }) => iterations))),
          Math.max(...fits.map(({ gradientNorm }) => gradientNorm)).toExponential(1),
        ]),
  ]),
)}</details>`;
}

/** What the device's heads reach, without and with a background. */
function headsOf({ heads }: TaskResult): string {
  if (heads === undefined) return '';
  const { rejection, verification, examples, enrolled } = heads;
  const ways = (['alone', 'withBackground'] as const).filter(
    (way) => (rejection ?? verification)?.[way] !== undefined,
  );
  const row = (title: string, of: (way: (typeof ways)[number]) => number | undefined) => [
    title,
    ...ways.map((way) => percent(of(way) ?? Number.NaN)),
  ];
  return table(
    ['heads', ...ways.map((way) => (way === 'alone' ? 'without a background' : 'with a background'))],
    [
      ...(rejection
        ? [
            row(`known against unknown, ${examples} examples a class: AUROC`, (way) => rejection[way]?.auroc),
            row('accuracy on known clips, all answered', (way) => rejection[way]?.accuracyBefore),
            row('accuracy on known clips, some rejected', (way) => rejection[way]?.accuracyLeft),
            row('unknown clips rejected', (way) => rejection[way]?.unknownRejected),
          ]
        : []),
      ...(verification
        ? [row(`one speaker, ${enrolled} clips enrolled: equal error rate`, (way) => verification[way])]
        : []),
    ],
  );
}

/** Mean and deviation over the draws. */
function fewShotTable({ fewShot, metric }: TaskResult): string {
  if (fewShot.length === 0) return '';
  return table(
    [`few-shot, ${METRICS[metric].title}`, ...fewShot.map(({ examples }) => `${examples} a class`)],
    [
      [
        `${fewShot[0].draws} draws`,
        ...fewShot.map(({ mean, deviation }) => `${percent(mean)} ± ${percent(deviation)}`),
      ],
    ],
  );
}

/** Rows are the truth; the shade is the share of the row. */
function matrixTable({ classes, confusion }: TaskResult): string {
  const head = `<tr><th></th>${classes.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr>`;
  const rows = confusion.map((counts, truth) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, predicted) => {
      const share = total === 0 ? 0 : count / total;
      const hue = truth === predicted ? 140 : 10;
      return `<td style="background: hsl(${hue} 60% ${Math.round(100 - 45 * share)}%)">${count || ''}</td>`;
    });
    return `<tr><th>${escaped(classes[truth])}</th>${cells.join('')}</tr>`;
  });
  return `<table class="matrix">${head}${rows.join('')}</table>`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${line(header, 'th')}${rows.map((cells) => line(cells, 'td')).join('')}</table>`;
}
