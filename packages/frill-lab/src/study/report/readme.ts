/** The report as a README: the findings first, then how it was made, the tables, and what cannot be concluded. */
import { invalidity } from '../../bench/validity.js';
import { oneLine, percent } from '../../text/format.js';
import { type Sheet, sheetMarkdown } from '../../text/sheet.js';
import type { Analysis } from '../analysis.js';
import { meanQuality } from '../analysis.js';
import type { DeviceFrontier } from '../device-frontiers.js';
import { compareWithPost } from '../findings.js';
import type { StudyResults, TaskQuality } from '../records.js';
import { formsSentence, pairsCaption, pairsSheet, weightsSheet } from './choices.js';
import { devicesSheet } from './devices-figure.js';
import type { Figure } from './figure.js';
import { headline } from './headline.js';
import { limits } from './limits.js';
import { madeWith, sessionLines } from './making.js';
import { frontierSheet, shownStudents } from './tables.js';

export function readme(
  results: StudyResults,
  analysis: Analysis,
  figures: readonly Figure[],
  devices: readonly DeviceFrontier[],
  log: readonly string[],
): string {
  const { title, summary } = headline(results, analysis);
  const figure = (name: string) => {
    const found = figures.find((item) => item.name === name);
    return found ? `![${found.title}](${name}.svg)\n\n${oneLine(found.caption)}` : '';
  };
  const sheet = (found: Sheet | undefined) => (found ? sheetMarkdown(found) : '');
  const sessions = sessionLines(results);
  const invalid = results.latency ? invalidity(results.latency) : [];
  const parts = [
    `# ${title}`,
    invalid.length > 0 ? `**The latencies of this study are not valid.** ${invalid.join(' ')}` : '',
    summary,
    figure('frontier'),
    results.latency ? sheet(frontierSheet(analysis)) : '',
    devices.length > 1
      ? `## The same students on other devices\n\n${figure('devices')}\n\n${sheet(devicesSheet(devices))}`
      : '',
    '## How it was made',
    `\`\`\`sh\n${results.provenance.command}\n\`\`\``,
    madeWith(results)
      .map(({ term, value, isCode }) => `- **${term}**: ${isCode ? `\`${value}\`` : value}`)
      .join('\n'),
    sessions.length > 1
      ? `It was started ${sessions.length} times. Each session resumed the work of the one before.\n\n${sessions.map((line, index) => `${index + 1}. ${line}`).join('\n')}`
      : '',
    sessions.length > 1 && log.length > 0
      ? `From its log (times in UTC):\n\n\`\`\`\n${log.map(shortened).join('\n')}\n\`\`\``
      : '',
    '## Task by task',
    figure('tasks'),
    sheet(tasksSheet(results, analysis)),
    'A probe and its normalisation are chosen on the validation side and scored once on the test side. Brackets are 95 % intervals.',
    '## Which choice costs what',
    figure('effects') || 'There are too few students for a regression yet.',
    sheet(weightsSheet(analysis)),
    analysis.pairs.length > 0
      ? `### Other things equal\n\n${oneLine(pairsCaption(analysis))}\n\n${sheet(pairsSheet(analysis))}\n\n${formsSentence(analysis, results.latency)}`
      : '',
    '## What the post found',
    sheet(findingsSheet(results, analysis)),
    '## How far the students had come',
    ...['learning', 'explained', 'capacity'].map(figure),
    '## What this run cannot show',
    limits(results, analysis)
      .map(({ title, text }) => `- ${title && `**${title}** `}${text}`)
      .join('\n'),
    '## Files',
    `[report.html](report.html) has all of this on one page, with every student. [results.json](results.json) has all numbers, and for latencies the
medians of rounds. [students.csv](students.csv) has one row per student. The data of each plot is in a CSV file of the same name.`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Teacher, baselines and the frontier, task by task. */
function tasksSheet(results: StudyResults, analysis: Analysis): Sheet | undefined {
  const { representations, students } = results;
  const tasks = (representations[0] ?? students[0])?.quality ?? [];
  const cells = (quality: readonly TaskQuality[]) => [
    percent(meanQuality(quality)),
    ...tasks.map(({ task }) => {
      const own = quality.find((item) => item.task === task);
      return own
        ? `${percent(own.value)} [${own.interval?.map((end) => (100 * end).toFixed(0)).join(', ') ?? 'too few speakers'}]`
        : '–';
    }),
  ];
  return {
    columns: [
      '%',
      'mean',
      ...tasks.map(({ title, metric }) => (metric === 'accuracy' ? title : `${title}, ${metric}`)),
    ],
    rows: [
      ...representations.map(({ name, role, quality }) => [`${name} (${role})`, ...cells(quality)]),
      ...shownStudents(results, analysis).map(({ student }) => [student.name, ...cells(student.quality)]),
    ],
  };
}

function findingsSheet(results: StudyResults, analysis: Analysis): Sheet {
  return {
    columns: ['the post found', 'this run', 'by'],
    words: [1, 2],
    rows: compareWithPost(results, analysis).map(({ statement, verdict, evidence }) => [
      statement,
      verdict,
      evidence,
    ]),
  };
}

const LINE = 140;

function shortened(line: string): string {
  return line.length > LINE ? `${line.slice(0, LINE - 1)}…` : line;
}
