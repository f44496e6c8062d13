/** The `frill` command. Exit codes: 0 ok, 1 failed, 2 bad usage, 130 interrupted. */
import { CommanderError } from 'commander';
import { FrillError } from 'frill-audio';
import { diskError } from '../run/disk-error.js';
import { UsageError } from './command.js';
import { openProgram } from './program.js';

// `frill ... | head` closes our output early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await openProgram().parseAsync();
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
    process.stderr.write('frill: stopped. Finished work is kept: run the same command again to resume.\n');
    return 130;
  }
  process.stderr.write(`frill: unexpected ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
