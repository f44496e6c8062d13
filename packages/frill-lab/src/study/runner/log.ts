/**
 * The run's log: what the command says, appended to a text file with the time (UTC) of each line, so that a folder tells
 * how it came to be, over all sessions. Steps are heard of once a minute and at their end.
 */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Progress } from '../../run/progress.js';

const STEP_INTERVAL_MS = 60_000;

/** Progress that is shown and kept. */
export interface Log extends Progress {
  /** A line for the file alone. */
  note(line: string): void;
}

/** Appends to `file`, whose folder exists. A line that cannot be written is lost: it stops no study. */
export function openLog(file: string, shown: Progress): Log {
  const note = (line: string) => {
    try {
      appendFileSync(file, `${new Date().toISOString().slice(0, 19)}Z  ${line}\n`);
    } catch {
      // Whoever writes results speaks of a full disk.
    }
  };
  return {
    note,
    say(line) {
      shown.say(line);
      note(line);
    },
    start(title, total, unit) {
      const step = shown.start(title, total, unit);
      let noted = performance.now();
      return {
        advance(done, about) {
          step.advance(done, about);
          if (performance.now() - noted < STEP_INTERVAL_MS) return;
          noted = performance.now();
          note(`${title} ${done}/${total} ${unit}${about ? `, ${about}` : ''}`);
        },
        finish(about) {
          step.finish(about);
          note(`${title}: ${total} ${unit}${about ? `, ${about}` : ''}`);
        },
      };
    },
  };
}

/** Lines that tell of starts, resumptions and ends; none where the run kept no log. */
export async function resumptions(folder: { file(name: string): string }): Promise<string[]> {
  const text = await readFile(folder.file('log.txt'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) =>
      /^\S+ {2}(session \d+:|\d+ of \d+ students are|stopped|failed:|finished:|.*going on from step)/.test(
        line,
      ),
    );
}
