/**
 * Real recordings, models of others and four whole networks in float64 lie beside the project, in `../shared`. Tests that need them are declared with
 * `withShared`, and skip with one line where that folder is absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

const root = fileURLToPath(new URL('../../shared/', import.meta.url));

/** Absolute path of something below `../shared`. */
export function sharedPath(below: string): string {
  return `${root}${below}`;
}

/** A JSON file, as plain data of the given shape. */
export function sharedJson<T>(below: string): T {
  return JSON.parse(readFileSync(sharedPath(below), 'utf8')) as T;
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
