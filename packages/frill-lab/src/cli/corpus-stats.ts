/** `frill corpus stats`: what a tasks file or manifest holds, and what is wrong with it. */
import { z } from 'zod';
import { type CorpusStatistics, describeCorpora, type TaskStatistics } from '../corpus/corpus-statistics.js';
import { readManifest } from '../corpus/manifest.js';
import { loadTasks } from '../corpus/tasks.js';
import { defineCommand } from './command.js';

/** Lines of one kind of complaint that are printed; `--json` has all. */
const EXAMPLES = 5;

export const corpusStats = defineCommand({
  name: 'corpus stats',
  summary: 'Count clips, hours, classes and speakers, and find bad clips',
  positional: '<file>',
  options: z.object({
    file: z.string().describe('Tasks file (.json) or manifest (.csv).'),
    audio: z
      .string()
      .optional()
      .describe("Folder that a manifest's paths are relative to. By default the folder of the manifest."),
    quick: z
      .boolean()
      .default(false)
      .describe('Take lengths from the column "seconds" instead of reading every clip.'),
    strict: z.boolean().default(false).describe('Stop at the first problem instead of listing it.'),
  }),
  example: 'frill corpus stats examples/real-audio/tasks.json --quick',
  async run({ file, audio, quick, strict }, console) {
    const { corpora, tasks, warnings } = file.endsWith('.json')
      ? await loadTasks(file, { strict })
      : await manifestAlone(file, audio, strict);
    const options = { quick, strict, progress: console.progress, signal: console.signal };
    const statistics = await describeCorpora(corpora, tasks, options);
    for (const line of statistics.corpora.flatMap(corpusLines)) console.print(line);
    for (const line of statistics.tasks.flatMap(taskLines)) console.print(line);
    for (const line of some(warnings, 'more warnings')) console.print(`warning: ${line}`);
    return { ...statistics, warnings };
  },
});

async function manifestAlone(file: string, audio: string | undefined, strict: boolean) {
  const { corpus, problems } = await readManifest(file, {
    strict,
    ...(audio === undefined ? {} : { audio }),
  });
  const warnings = problems.map(({ line, path, reason }) => `line ${line}: ${path} is left out: ${reason}`);
  return { corpora: [corpus], tasks: [], warnings };
}

function corpusLines({
  name,
  clips,
  hours,
  speakers,
  labels,
  unreadable,
  duplicates,
}: CorpusStatistics): string[] {
  const people = speakers === undefined ? '' : `, ${speakers} speakers`;
  return [
    `${name}: ${clips} clips, ${hours.toFixed(2)} h${people}`,
    ...Object.entries(labels)
      .filter(([, counts]) => Object.keys(counts).length <= 20)
      .map(
        ([column, counts]) =>
          `  ${column}: ${Object.entries(counts)
            .map(([value, count]) => `${value} ${count}`)
            .join(', ')}`,
      ),
    ...some(
      unreadable.map(({ id, reason }) => `  cannot be read: ${id}: ${reason}`),
      '  more clips that cannot be read',
    ),
    ...some(
      duplicates.map((ids) => `  the same sound: ${ids.join(' = ')}`),
      '  more groups of the same sound',
    ),
    '',
  ];
}

function taskLines({ title, name, classes, sides, leaks }: TaskStatistics): string[] {
  return [
    `task ${name}: ${title}, ${classes.length} classes`,
    '',
    '| fold | side | clips | speakers | hours | clips a class |',
    '|---|---|---:|---:|---:|---:|',
    ...sides.map(
      (side) =>
        `| ${side.fold} | ${side.side} | ${side.clips} | ${side.speakers ?? ''} | ${side.hours.toFixed(2)} | ${side.smallestClass}–${side.largestClass} |`,
    ),
    ...some(
      leaks.map(
        ({ fold, trained, tested }) =>
          `fold ${fold}: the test clip ${tested} has the same audio as the training clip ${trained}`,
      ),
      'more test clips whose audio is also trained on',
    ),
    '',
  ];
}

/** The first few lines, and how many more there are. */
function some(lines: readonly string[], more: string): string[] {
  const left = lines.length - EXAMPLES;
  return [...lines.slice(0, EXAMPLES), ...(left > 0 ? [`${more}: ${left}`] : [])];
}
