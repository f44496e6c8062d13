/**
 * Fixtures from independent software and real recordings lie beside the project, in `../shared`. Tests that need them
 * are declared with `withShared`, and skip with one line where that folder is absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { readNpy } from '../packages/frill-lab/src/tensor/npy.js';
import type { Tensor } from '../packages/frill-lab/src/tensor/tensor.js';

const root = fileURLToPath(new URL('../../shared/', import.meta.url));

/** Absolute path of something below `../shared`. */
export function sharedPath(below: string): string {
  return `${root}${below}`;
}

/** A JSON fixture, as `unknown`-free plain data of the given shape. */
export function sharedJson<T>(below: string): T {
  return JSON.parse(readFileSync(sharedPath(below), 'utf8')) as T;
}

/** A .npy fixture, as float64. */
export function sharedNpy(below: string): Tensor {
  return readNpy(sharedPath(below));
}

/**
 * `describe`, or one skipped test that says why where `../shared/<needs>` is absent; `body` may read fixtures at once,
 * as it is not called then.
 */
export function withShared(title: string, needs: string, body: () => void): void {
  if (existsSync(sharedPath(needs))) describe(title, body);
  else test.skip(`${title} (skipped: ../shared/${needs} is absent)`);
}
