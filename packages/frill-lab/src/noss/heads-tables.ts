/** What heads on the device reached, in markdown. */
import { percent } from '../text/format.js';
import { sheetMarkdown } from '../text/sheet.js';
import type { HeadsResult } from './heads.js';
import type { RepresentationResult } from './results-file.js';
import type { TaskResult } from './task-result.js';

type Rejection = NonNullable<HeadsResult['rejection']>['alone'];

/** Both tables where heads were measured, each where some task has what it needs. */
export function headsTables(
  representations: readonly RepresentationResult[],
  tasks: readonly TaskResult[],
): string[] {
  return [...rejectionTable(representations, tasks), ...verificationTable(representations, tasks)];
}

function rejectionTable(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  const shown = tasks.filter(({ heads }) => heads?.rejection);
  if (shown.length === 0) return [];
  const { examples, draws } = shown[0].heads!;
  const cells = ({ auroc, accuracyBefore, accuracyLeft, unknownRejected }: Rejection) =>
    `${percent(auroc)}; ${percent(accuracyLeft)} of ${percent(accuracyBefore)}; ${percent(unknownRejected)}`;
  return [
    `Heads with an answer of none of these: ${examples} examples of half of the classes, ${draws} draws. AUROC of known against unknown ` +
      'test clips; accuracy on known ones that is left, of what it is without that answer; unknown ones that are rejected.',
    '',
    sheetMarkdown({
      columns: ['%', ...shown.map(({ title }) => title)],
      rows: rowsOf(representations, shown, ({ rejection }) => rejection, cells),
    }),
    '',
  ];
}

function verificationTable(representations: readonly RepresentationResult[], tasks: readonly TaskResult[]) {
  const shown = tasks.filter(({ heads }) => heads?.verification);
  if (shown.length === 0) return [];
  const { enrolled, draws } = shown[0].heads!;
  return [
    `Verification of one speaker, ${enrolled} clips enrolled, ${draws} draws: equal error rate.`,
    '',
    sheetMarkdown({
      columns: ['%', ...shown.map(({ title }) => title)],
      rows: rowsOf(representations, shown, ({ verification }) => verification, percent),
    }),
    '',
  ];
}

/** A row without a background and one with it. */
function rowsOf<Measured>(
  representations: readonly RepresentationResult[],
  shown: readonly TaskResult[],
  of: (heads: HeadsResult) => { alone: Measured; withBackground?: Measured | undefined } | undefined,
  cell: (measured: Measured) => string,
): string[][] {
  const written = (measured: Measured | undefined) => (measured === undefined ? '–' : cell(measured));
  return representations.flatMap(({ name, tasks }) => {
    const measured = shown.map(({ task }) => {
      const heads = tasks.find((own) => own.task === task)?.heads;
      return heads && of(heads);
    });
    return [
      [name, ...measured.map((own) => written(own?.alone))],
      [`${name}, with a background`, ...measured.map((own) => written(own?.withBackground))],
    ];
  });
}
