/** The `frill` command. Exit codes: 0 ok, 1 failed, 2 bad usage, 130 interrupted. */
import { Command, CommanderError } from 'commander';
import { FrillError } from 'frill';
import { diskError } from '../run/disk-error.js';
import { bench } from './bench.js';
import { type RunnableCommand, UsageError } from './command.js';
import { corpusImport } from './corpus-import.js';
import { corpusMake } from './corpus-make.js';
import { corpusStats } from './corpus-stats.js';
import { distill } from './distill.js';
import { embed } from './embed.js';
import { evaluate } from './evaluate.js';
import { exportCommand } from './export.js';
import { features } from './features.js';
import { inspect } from './inspect.js';
import { studyReport, studyRun, studyStatus } from './study.js';
import { teacherTrain } from './teacher-train.js';

/** One file a command; adding a command is adding a file and a line here. */
// biome-ignore format: one line a command, so that branches that add one merge
const COMMANDS: readonly RunnableCommand[] = [
  bench,
  corpusImport,
  corpusMake,
  corpusStats,
  distill,
  embed,
  evaluate,
  exportCommand,
  features,
  inspect,
  studyReport,
  studyRun,
  studyStatus,
  teacherTrain,
];

// `frill ... | head` closes our output early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const program = new Command('frill')
  .description(
    'On-device speech representations: embeddings from audio, and the laboratory that builds the models.',
  )
  .version('0.1.0')
  .exitOverride()
  .showHelpAfterError('(add --help for the options)');
for (const command of COMMANDS) command.attach(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(caught: unknown): number {
  const error = diskError(caught) ?? caught;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof FrillError) {
    process.stderr.write(`frill: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    process.stderr.write('frill: stopped; the same command goes on where this one was\n');
    return 130;
  }
  process.stderr.write(`frill: unexpected ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
