/** The report's tables as HTML. */
import type { LatencyReport } from '../../bench/latency.js';
import { type Analysis, meanQuality, type StudentRow } from '../analysis.js';
import { compareWithPost } from '../findings.js';
import type { StudyResults, TaskQuality } from '../records.js';
import { escaped, percent, three, whole } from './format.js';

/** Up to so many students are shown in the per-task table; of more, those on the frontier, or the best where none is known. */
const MANY = 12;

/** Teacher, baselines and students by task, with the 95 % interval below each number and the best student in bold. */
export function taskTable({ representations, students }: StudyResults, { rows, frontier }: Analysis): string {
  const tasks = (representations[0] ?? students[0])?.quality ?? [];
  const ranked = [...rows].sort((a, b) => b.quality - a.quality);
  const shown =
    students.length <= MANY ? ranked : frontier.length > 0 ? [...frontier].reverse() : ranked.slice(0, MANY);
  const best = new Map(
    tasks.map(({ task }) => [task, Math.max(...shown.map(({ student }) => scoreOf(student.quality, task)))]),
  );
  const bestMean = Math.max(...shown.map((row) => row.quality));
  const cells = (quality: readonly TaskQuality[], isStudent: boolean) =>
    tasks
      .map(({ task }) => {
        const own = quality.find((item) => item.task === task);
        if (!own) return '<td>–</td>';
        const mark = isStudent && own.value === best.get(task) ? ' class="best"' : '';
        return `<td${mark}>${percent(own.value)}<small>${percent(own.interval[0])}–${percent(own.interval[1])}</small></td>`;
      })
      .join('');
  const line = (name: string, quality: readonly TaskQuality[], role: string) =>
    `<tr class="${role}"><td>${escaped(name)}</td>${cells(quality, role === 'student')}<td${role === 'student' && meanQuality(quality) === bestMean ? ' class="best"' : ''}>${percent(meanQuality(quality))}</td></tr>`;
  return scroll(
    `<table><thead><tr><th></th>${tasks.map(({ title, metric }) => `<th class="wrap">${escaped(title)}<small>${escaped(metric)}</small></th>`).join('')}<th>mean</th></tr></thead><tbody>${[
      ...representations.map(({ name, role, quality }) =>
        line(role === 'teacher' ? `${name} (teacher)` : `${name} (baseline)`, quality, 'role'),
      ),
      ...shown.map(({ student }) => line(student.name, student.quality, 'student')),
    ].join('')}</tbody></table>`,
  );
}

function scoreOf(quality: readonly TaskQuality[], task: string): number {
  return quality.find((item) => item.task === task)?.value ?? Number.NaN;
}

/** The frontier, fastest first, with the numbers of the plot. */
export function frontierTable({ frontier }: Analysis): string {
  return scroll(
    `<table><thead><tr><th>student</th><th>mean, %</th><th>ms</th><th>MiB</th><th>parameters</th><th>certain</th></tr></thead><tbody>${frontier
      .map(
        (row, index) =>
          `<tr><td>${index + 1}  ${escaped(row.student.name)}</td><td>${percent(row.quality)}</td><td>${three(row.latencyMs)}</td><td>${three(row.sizeMiB)}</td><td>${three(row.student.parameters / 1e6)} M</td><td>${(100 * row.certainty).toFixed(0)} %</td></tr>`,
      )
      .join('')}</tbody></table>`,
  );
}

/** The post's findings beside ours. */
export function findingsTable(analysis: Analysis): string {
  return scroll(
    `<table><thead><tr><th>the post found, and these weights</th><th class="text">this run</th></tr></thead><tbody>${compareWithPost(
      analysis,
    )
      .map(
        ({ statement, verdict, evidence }) =>
          `<tr><td class="long">${escaped(statement)}<small>${escaped(evidence)}</small></td><td class="text"><span class="verdict ${verdict.replace(' ', '-')}">${verdict}</span></td></tr>`,
      )
      .join('')}</tbody></table>`,
  );
}

/** All students; each heading sorts. */
export function allStudentsTable({ rows }: Analysis): string {
  const columns: [string, (row: StudentRow) => string | number, (row: StudentRow) => string][] = [
    ['student', ({ student }) => student.name, ({ student }) => escaped(student.name)],
    ['mean, %', ({ quality }) => quality, ({ quality }) => percent(quality)],
    // What was not measured sorts behind what was.
    [
      'ms',
      ({ latencyMs }) => (Number.isFinite(latencyMs) ? latencyMs : Number.POSITIVE_INFINITY),
      ({ latencyMs }) => three(latencyMs),
    ],
    ['MiB', ({ sizeMiB }) => sizeMiB, ({ sizeMiB }) => three(sizeMiB)],
    ['parameters, M', ({ student }) => student.parameters, ({ student }) => three(student.parameters / 1e6)],
    [
      'MMAC',
      ({ student }) => student.multiplyAccumulates,
      ({ student }) => three(student.multiplyAccumulates / 1e6),
    ],
    [
      'final loss',
      ({ student }) => finalLoss(student.training),
      ({ student }) => three(finalLoss(student.training)),
    ],
    [
      'trained, s',
      ({ student }) => student.training.seconds,
      ({ student }) => whole(student.training.seconds),
    ],
  ];
  const sorted = [...rows].sort((a, b) => b.quality - a.quality);
  return scroll(
    `<table data-sortable><thead><tr>${columns.map(([title], index) => `<th${index === 1 ? ' aria-sort="descending"' : ''}><button type="button">${title}</button></th>`).join('')}</tr></thead><tbody>${sorted
      .map(
        (row) =>
          `<tr${row.isFrontier ? ' class="on-frontier"' : ''}>${columns
            .map(([, value, shown]) => `<td data-value="${escaped(String(value(row)))}">${shown(row)}</td>`)
            .join('')}</tr>`,
      )
      .join('')}</tbody></table>`,
  );
}

/** The last validation loss, or the training loss where none was held out. */
function finalLoss({ validation, finalLoss }: StudyResults['students'][number]['training']): number {
  return validation.at(-1)?.[1] ?? finalLoss;
}

/** Latency in full: cold, first, steady, with percentiles. */
export function latencyTable({ models }: LatencyReport, { frontier }: Analysis): string {
  const names = new Set(frontier.map(({ student }) => student.name));
  const shown = models.filter(({ name }) => names.has(name) || models.length <= 2 * MANY);
  return scroll(
    `<table><thead><tr><th>model</th><th class="text">from</th><th>load</th><th>first</th><th>median</th><th>p90</th><th>p95</th><th>best</th></tr></thead><tbody>${[
      ...shown,
    ]
      .sort((a, b) => a.path.localeCompare(b.path) * -1 || a.medianMs - b.medianMs)
      .map(
        (model) =>
          `<tr><td>${escaped(model.name)}</td><td class="text">${model.path === 'model' ? 'log-mel' : 'audio'}</td><td>${three(model.coldMs)}</td><td>${three(model.firstMs)}</td><td>${three(model.medianMs)}<small>${three(model.intervalMs[0])}–${three(model.intervalMs[1])}</small></td><td>${three(model.p90Ms)}</td><td>${three(model.p95Ms)}</td><td>${three(model.bestMs)}</td></tr>`,
      )
      .join('')}</tbody></table>`,
  );
}

function scroll(table: string): string {
  return `<div class="scroll">${table}</div>`;
}
