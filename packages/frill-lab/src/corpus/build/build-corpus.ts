/**
 * A training corpus from declared sources: 16 kHz mono 16-bit WAV files and a manifest. In the folder lie
 *
 *     manifest.csv    clips to train on, and noise
 *     reserved.csv    clips of speakers and languages that are kept for tasks
 *     removed.csv     clips that were left out, and why
 *     audio/SOURCE/   the clips
 *     sources/        what became of each source
 *     records/        one line for every file of a source that was dealt with
 */
import { join } from 'node:path';
import { FrillError } from 'frill-audio';
import { DiskError } from '../../run/disk-error.js';
import { readJsonIfPresent } from '../../run/json-file.js';
import { writeWhole } from '../../run/whole-file.js';
import { csv } from '../../text/csv.js';
import { type Assembled, assemble, type Exclusions } from './assemble.js';
import {
  type BuildSourceOptions,
  type BuiltSource,
  buildSource,
  builtSourcePath,
  parseBuiltSource,
} from './build-source.js';
import type { Declaration } from './declaration.js';
import { writeManifest } from './manifest-file.js';

export interface BuildCorpusOptions extends BuildSourceOptions {
  /** Names of the sources to build now; all by default. The manifest is made of all that are built. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly exclusions: (sources: readonly BuiltSource[]) => Promise<Exclusions>;
}

export interface BuiltCorpus extends Assembled {
  readonly sources: readonly BuiltSource[];
  /** Sources that could not be built, in the words of the error; those that were built before are in the corpus. */
  readonly failed: readonly { readonly name: string; readonly error: FrillError }[];
}

/** Builds what is not built yet. Throws DiskError and AbortError, after which the same call goes on; a bad source stops nothing. */
export async function buildCorpus(
  declarations: readonly Declaration[],
  options: BuildCorpusOptions,
): Promise<BuiltCorpus> {
  const { folder, only, progress } = options;
  const failed: { name: string; error: FrillError }[] = [];
  for (const declaration of declarations) {
    if (only !== undefined && !only.has(declaration.name)) continue;
    try {
      await buildSource(declaration, options);
    } catch (error) {
      if (!(error instanceof FrillError) || error instanceof DiskError) throw error;
      progress.say(`${declaration.name}: ${error.message}`);
      failed.push({ name: declaration.name, error });
    }
  }
  const sources = await readBuiltSources(folder, declarations);
  const assembled = assemble(sources, await options.exclusions(sources));
  const kept = assembled.clips.filter(({ split }) => split !== 'reserved');
  await writeManifest(join(folder, 'manifest.csv'), kept);
  await writeManifest(
    join(folder, 'reserved.csv'),
    assembled.clips.filter(({ split }) => split === 'reserved'),
  );
  const removed = assembled.removed.map(({ source, path, reason }) => [source, path, reason]);
  await writeWhole(join(folder, 'removed.csv'), csv(['source', 'path', 'reason'], removed));
  return { ...assembled, sources, failed };
}

async function readBuiltSources(
  folder: string,
  declarations: readonly Declaration[],
): Promise<BuiltSource[]> {
  const read = declarations.map(({ name }) =>
    readJsonIfPresent(builtSourcePath(folder, name), parseBuiltSource, {
      what: 'damaged, or of another version',
      remedy: 'Remove it and run the same command again: what was decoded is kept',
    }),
  );
  return (await Promise.all(read)).filter((source) => source !== undefined);
}
