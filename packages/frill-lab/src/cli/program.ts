/** The `frill` command as data: what it can do, before anything of it is run. */
import { Command } from 'commander';
import { VERSION } from '../run/version.js';
import { bench } from './bench.js';
import { exampleText, type RunnableCommand } from './command.js';
import { corpusBuild } from './corpus-build.js';
import { corpusImport } from './corpus-import.js';
import { corpusMake } from './corpus-make.js';
import { corpusStats } from './corpus-stats.js';
import { distill } from './distill.js';
import { embed } from './embed.js';
import { evaluate } from './evaluate.js';
import { exportCommand } from './export.js';
import { features } from './features.js';
import { inspect } from './inspect.js';
import { HELP } from './option.js';
import { releasePack } from './release-pack.js';
import { studyReport, studyRun, studyStatus } from './study.js';
import { studyLatency } from './study-latency.js';
import { studyWork } from './study-work.js';
import { teacherCombine } from './teacher-combine.js';
import { teacherTrain } from './teacher-train.js';

/** One file a command; adding a command is adding a file and a line here. */
// biome-ignore format: one line a command, so that branches that add one merge
export const COMMANDS: readonly RunnableCommand[] = [
  bench,
  corpusBuild,
  corpusImport,
  corpusMake,
  corpusStats,
  distill,
  embed,
  evaluate,
  exportCommand,
  features,
  inspect,
  releasePack,
  studyLatency,
  studyReport,
  studyRun,
  studyStatus,
  studyWork,
  teacherCombine,
  teacherTrain,
];

/** What `frill --help` says of the first of two words, and an example. */
const GROUPS: Readonly<Record<string, readonly [summary: string, example: string]>> = {
  corpus: ['Make, import and check collections of labelled clips', 'frill corpus make --out corpus'],
  release: ['Pack a trained student for release', 'frill release pack runs/small --name frill-s --version 1'],
  study: ['Train and compare many students, and write a report about them', 'frill study run'],
  teacher: [
    'Train a teacher on unlabelled audio, or combine several networks into one',
    'frill teacher train --corpus corpus --out runs/trill',
  ],
};

/** `frill --help` lists the commands in this order, under these headings. */
const HEADINGS: readonly (readonly [heading: string, commands: readonly string[]])[] = [
  ['Use a model:', ['embed', 'features', 'inspect']],
  ['Make a model:', ['corpus', 'teacher', 'distill', 'export', 'release']],
  ['Measure models:', ['bench', 'evaluate', 'study']],
];

/** The program with all its commands, none of which has run. Bad usage throws CommanderError. */
export function openProgram(): Command {
  const program = new Command('frill')
    .description('Turns audio into embeddings, and builds the small models that do so on a device.')
    .configureHelp(HELP)
    .version(VERSION)
    // So that a command may have a --version of its own.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(Add --help to see what is possible.)');
  for (const [heading, names] of HEADINGS) {
    program.commandsGroup(heading);
    for (const command of COMMANDS) if (names.includes(command.name.split(' ')[0])) command.attach(program);
  }
  for (const command of program.commands) {
    const [summary, example] = GROUPS[command.name()] ?? [];
    if (summary === undefined || example === undefined) continue;
    command.summary(summary).description(`${summary}.`).addHelpText('after', exampleText(example));
  }
  return program.addHelpText('after', exampleText('frill embed speech.wav --out embeddings.parquet'));
}
