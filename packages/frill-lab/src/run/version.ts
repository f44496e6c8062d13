/** The version of the laboratory; it stands in package.json and nowhere else. */
import { readFileSync } from 'node:fs';

/** e.g. `0.1.0` */
export const VERSION = versionOf(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function versionOf(manifest: string): string {
  const { version }: { version?: unknown } = JSON.parse(manifest);
  if (typeof version !== 'string') throw new TypeError('package.json has no version');
  return version;
}
