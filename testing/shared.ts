/**
 * Real recordings and models of others lie beside the project, in `../shared`. Tests that need them are declared with `withShared`, and
 * skip with one line where that folder is absent.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

const root = fileURLToPath(new URL('../../shared/', import.meta.url));

/** Absolute path of something below `../shared`. */
export function sharedPath(below: string): string {
  return `${root}${below}`;
}

/**
 * `describe`, or one skipped test that says why where `../shared/<needs>` is absent; `body` may read files at once,
 * as it is not called then.
 */
export function withShared(title: string, needs: string, body: () => void): void {
  if (existsSync(sharedPath(needs))) describe(title, body);
  else test.skip(`${title} (skipped: ../shared/${needs} is absent)`);
}

/** `withShared` where the case is a real recording, by its path below `../shared/data`; `describe` where it is not. */
export function withRecording(title: string, recording: string | undefined, body: () => void): void {
  if (recording === undefined) describe(title, body);
  else withShared(title, `data/${recording}`, body);
}
