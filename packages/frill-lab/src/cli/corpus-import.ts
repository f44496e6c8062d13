/** `frill corpus import`: a public data set in its official layout becomes a manifest and a tasks file. */
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { type ClassCounts, type Imported, importLayout } from '../corpus/import-layout.js';
import { LAYOUTS } from '../corpus/layouts/index.js';
import { checkDestination } from '../run/destination.js';
import { defineCommand, UsageError } from './command.js';

const EXAMPLES = 5;
/** More classes than these are counted instead of named. */
const MOST_NAMED = 12;

export const corpusImport = defineCommand({
  name: 'corpus import',
  summary: 'Write the manifest and the tasks file of a public data set',
  positional: '[layout] [folder]',
  options: z.object({
    layout: z.string().optional().describe('Name of the data set layout. `--list` shows all.'),
    folder: z.string().optional().describe('Folder of the data set.'),
    out: z
      .string()
      .default('manifest.csv')
      .describe('Manifest to write. The tasks file is written beside it, as <name>.tasks.json.'),
    extractTo: z
      .string()
      .optional()
      .describe(
        'Folder for audio that is extracted from container files. Only the layout tfrecord needs it.',
      ),
    list: z.boolean().default(false).describe('List the layouts and say where to get the data of each.'),
  }),
  example: 'frill corpus import esc50 ESC-50-master --out esc50.csv',
  async run({ layout: name, folder, out, extractTo, list }, console) {
    if (list) {
      for (const { name, title, obtain } of LAYOUTS) console.print(`${name}: ${title}\n  ${obtain}\n`);
      return LAYOUTS.map(({ name, title, obtain }) => ({ name, title, obtain }));
    }
    const layout = LAYOUTS.find((candidate) => candidate.name === name);
    if (layout === undefined || folder === undefined)
      throw new UsageError({
        what: name === undefined ? 'no layout given' : layout ? 'no folder given' : `no layout '${name}'`,
        remedy: `Choose from ${LAYOUTS.map((candidate) => candidate.name).join(', ')}. --list describes them`,
      });
    if (!out.endsWith('.csv'))
      throw new InputError({
        what: 'the name of a manifest must end in .csv',
        where: out,
        remedy: 'Give another name with --out',
      });
    await checkDestination(out);
    const imported = await importLayout(layout, folder, out, {
      extractTo,
      progress: console.progress,
    });
    for (const line of foundLines(layout.title, imported)) console.print(line);
    if (imported.missing.length > 0) {
      console.print(
        `missing: ${imported.missing.length} files that the data set lists are not there, for example`,
      );
      for (const path of imported.missing.slice(0, EXAMPLES)) console.print(`  ${path}`);
    }
    for (const note of imported.notes.slice(0, EXAMPLES)) console.print(`note: ${note}`);
    if (imported.notes.length > EXAMPLES) console.print(`and ${imported.notes.length - EXAMPLES} more notes`);
    if (imported.tasksFile !== undefined)
      console.print(
        `tasks: ${imported.tasksFile}. To count what they hold: frill corpus stats ${imported.tasksFile}`,
      );
    return imported;
  },
});

/** Clips, hours, speakers, and the classes of each task. */
function foundLines(title: string, { clips, lengths, speakers, classes, manifest }: Imported): string[] {
  const hours =
    lengths.unknown === 0
      ? `${lengths.hours.toFixed(2)} h`
      : `${lengths.hours.toFixed(2)} h, not counting ${lengths.unknown} files whose headers do not state their length`;
  const people = speakers === undefined ? '' : `, ${speakers} speakers`;
  return [
    `${title}: ${clips} clips, ${hours}${people}, in ${manifest}`,
    ...Object.entries(classes).map(([task, counted]) => `  ${task}: ${classesInWords(counted)}`),
  ];
}

function classesInWords({ label, counts }: ClassCounts): string {
  const names = Object.keys(counts);
  const sizes = Object.values(counts);
  if (names.length > MOST_NAMED)
    return `${names.length} classes (${label}) of ${Math.min(...sizes)} to ${Math.max(...sizes)} clips`;
  return `${names.length} classes (${label}): ${names.map((name) => `${name} ${counts[name]}`).join(', ')}`;
}
