/** The report's tables as HTML. */
import type { LatencyReport } from '../../bench/latency-report.js';
import { escaped, percent, three, whole } from '../../text/format.js';
import { type Sheet, scroll } from '../../text/sheet.js';
import { type Analysis, explainedBy, meanQuality, type StudentRow } from '../analysis.js';
import { compareWithPost } from '../findings.js';
import type { StudyResults, TaskQuality } from '../records.js';

/** Up to so many students are shown in the per-task table; of more, those on the frontier, or the best where none is known. */
const MANY = 12;

/** A student outside the frontier that is on it in so many bootstrap draws is named beside it. */
const CONTENDS = 0.25;

/** The students of per-task tables, best first. */
export function shownStudents(
  { students }: Pick<StudyResults, 'students'>,
  { rows, frontier }: Pick<Analysis, 'rows' | 'frontier'>,
): StudentRow[] {
  const ranked = [...rows].sort((a, b) => b.quality - a.quality);
  if (students.length <= MANY) return ranked;
  return frontier.length > 0 ? [...frontier].reverse() : ranked.slice(0, MANY);
}

/** Teacher, baselines and students by task, with the 95 % interval below each number and the best student in bold. */
export function taskTable({ representations, students }: StudyResults, { rows, frontier }: Analysis): string {
  const tasks = (representations[0] ?? students[0])?.quality ?? [];
  const shown = shownStudents({ students }, { rows, frontier });
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
        return `<td${mark}>${percent(own.value)}<small>${own.interval ? own.interval.map(percent).join('–') : 'too few speakers'}</small></td>`;
      })
      .join('');
  const line = (name: string, quality: readonly TaskQuality[], role: string) =>
    `<tr class="${role}"><td>${escaped(name)}</td><td${role === 'student' && meanQuality(quality) === bestMean ? ' class="best"' : ''}>${percent(meanQuality(quality))}</td>${cells(quality, role === 'student')}</tr>`;
  return scroll(
    `<table><thead><tr><th></th><th>mean</th>${tasks.map(({ title, metric }) => `<th class="wrap">${escaped(title)}<small>${escaped(metric)}</small></th>`).join('')}</tr></thead><tbody>${[
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

/** The frontier, fastest first, with the numbers of the plot; below it those that are often on it when measurements are drawn again. */
export function frontierSheet({ frontier, rows }: Analysis): Sheet {
  const contenders = rows
    .filter(({ isFrontier, certainty }) => !isFrontier && certainty >= CONTENDS)
    .sort((a, b) => b.certainty - a.certainty)
    .slice(0, MANY);
  const line = (name: string, row: StudentRow) => [
    name,
    percent(row.quality),
    three(row.latencyMs),
    three(row.sizeMiB),
    `${three(row.student.parameters / 1e6)} M`,
    `${(100 * row.certainty).toFixed(0)} %`,
  ];
  return {
    columns: ['student', 'mean, %', 'ms', 'MiB', 'parameters', 'certain'],
    rows: [
      ...frontier.map((row, index) => line(`${index + 1}  ${row.student.name}`, row)),
      ...contenders.map((row) => line(`–  ${row.student.name}`, row)),
    ],
  };
}

/** Students at the ends of each scale, where there are too many to look at all. */
export function extremesSheet({ rows }: Analysis): Sheet | undefined {
  if (rows.length <= MANY) return undefined;
  const isKnown = hasExplained(rows);
  const scales: [string, string, (row: StudentRow) => number][] = [
    ['best', 'worst', ({ quality }) => -quality],
    ['fastest', 'slowest', ({ latencyMs }) => latencyMs],
    ['smallest', 'largest', ({ sizeMiB }) => sizeMiB],
    ['learnt most', 'learnt least', ({ student }) => -explainedBy(student)],
    ['trained fastest', 'trained slowest', ({ student }) => student.training.seconds],
  ];
  return {
    columns: ['', 'student', 'mean, %', 'ms', 'MiB', ...(isKnown ? ['explained, %'] : []), 'trained, s'],
    words: [1],
    rows: scales.flatMap(([first, last, value]) => {
      const ranked = rows.filter((row) => Number.isFinite(value(row))).sort((a, b) => value(a) - value(b));
      const ends = [[first, ranked[0]] as const, [last, ranked[ranked.length - 1]] as const];
      return ends.flatMap(([title, row]) =>
        row
          ? [
              [
                title,
                row.student.name,
                percent(row.quality),
                three(row.latencyMs),
                three(row.sizeMiB),
                ...(isKnown ? [percent(explainedBy(row.student))] : []),
                whole(row.student.training.seconds),
              ],
            ]
          : [],
      );
    }),
  };
}

/** The post's findings beside ours. */
export function findingsTable(results: StudyResults, analysis: Analysis): string {
  return scroll(
    `<table><thead><tr><th>the post found, and these weights</th><th class="text">this run</th></tr></thead><tbody>${compareWithPost(
      results,
      analysis,
    )
      .map(
        ({ statement, verdict, evidence }) =>
          `<tr><td class="long">${escaped(statement)}<small>${escaped(evidence)}</small></td><td class="text"><span class="verdict ${verdict.replace(' ', '-')}">${verdict}</span></td></tr>`,
      )
      .join('')}</tbody></table>`,
  );
}

/** Whether what students explain of their teacher was measured. */
function hasExplained(rows: readonly StudentRow[]): boolean {
  return rows.some(({ student }) => Number.isFinite(explainedBy(student)));
}

/** A heading, what its rows are sorted by, and what is shown. */
type Column = [string, (row: StudentRow) => string | number, (row: StudentRow) => string];

/** All students; each heading sorts. */
export function allStudentsTable({ rows }: Analysis): string {
  const explained: Column = [
    'explained, %',
    ({ student }) => (Number.isFinite(explainedBy(student)) ? explainedBy(student) : -1),
    ({ student }) => percent(explainedBy(student)),
  ];
  const columns: Column[] = [
    ['student', ({ student }) => student.name, ({ student }) => escaped(student.name)],
    ['mean, %', ({ quality }) => quality, ({ quality }) => percent(quality)],
    // What was not measured sorts behind what was.
    [
      'ms',
      ({ latencyMs }) => (Number.isFinite(latencyMs) ? latencyMs : Number.POSITIVE_INFINITY),
      ({ latencyMs }) => three(latencyMs),
    ],
    ['MiB', ({ sizeMiB }) => sizeMiB, ({ sizeMiB }) => three(sizeMiB)],
    ['M par.', ({ student }) => student.parameters, ({ student }) => three(student.parameters / 1e6)],
    [
      'MMAC',
      ({ student }) => student.multiplyAccumulates,
      ({ student }) => three(student.multiplyAccumulates / 1e6),
    ],
    ...(hasExplained(rows) ? [explained] : []),
    ['frontier, %', ({ certainty }) => certainty, ({ certainty }) => (100 * certainty).toFixed(0)],
    [
      'trained, s',
      ({ student }) => student.training.seconds,
      ({ student }) => whole(student.training.seconds),
    ],
  ];
  const sorted = [...rows].sort((a, b) => b.quality - a.quality);
  const table = scroll(
    `<table data-sortable><thead><tr>${columns.map(([title], index) => `<th${index === 1 ? ' aria-sort="descending"' : ''}><button type="button">${title}</button></th>`).join('')}</tr></thead><tbody>${sorted
      .map(
        (row) =>
          `<tr${row.isFrontier ? ' class="on-frontier"' : ''}>${columns
            .map(([, value, shown]) => `<td data-value="${escaped(String(value(row)))}">${shown(row)}</td>`)
            .join('')}</tr>`,
      )
      .join('')}</tbody></table>`,
  );
  return rows.length > MANY
    ? `<details><summary>Show all ${rows.length}. Click a heading to sort</summary>${table}</details>`
    : table;
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
