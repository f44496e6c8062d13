/**
 * The module of a worker thread. Node runs JavaScript alone, so only the build has one; where this runs from sources, as
 * tests do, there is none, and the work stays on the calling thread. A test that wants threads gives the build's.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The module, or undefined where it cannot run. */
export function workerModule(module: URL): URL | undefined {
  return existsSync(fileURLToPath(module)) ? module : undefined;
}
