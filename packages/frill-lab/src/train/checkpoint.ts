/**
 * Checkpoints of a training: everything the next step depends on, in one file that is either whole or absent.
 *
 *     checkpoint-00000400.safetensors   tensors `<section>/<name>`; metadata: step, and what the training was
 *
 * The last two are kept: should the newest not be readable (a disk that lied about flushing), the one before is used.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FrillError, InputError } from 'frill-audio';
import { loadSafetensors, saveSafetensors } from '../tensor/safetensors.js';
import type { Weights } from '../tensor/tensor.js';

export interface Checkpoint {
  /** Training steps done. */
  readonly step: number;
  /** Name of the training (of its configuration, data and seed): another one's checkpoint must not be continued. */
  readonly training: string;
  /** `weights`, moments of the optimiser and the like. */
  readonly sections: Readonly<Record<string, Weights>>;
}

const KEPT = 2;
const FILE = /^checkpoint-(\d+)\.safetensors$/;

/** Writes a checkpoint and removes those before the last two. */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { step, training, sections } = checkpoint;
  const tensors: Weights = new Map();
  for (const [section, weights] of Object.entries(sections))
    for (const [name, tensor] of weights) tensors.set(`${section}/${name}`, tensor);
  const path = join(folder, `checkpoint-${String(step).padStart(8, '0')}.safetensors`);
  await saveSafetensors(path, { tensors, metadata: { step: String(step), training } });
  for (const old of (await checkpointFiles(folder)).slice(KEPT)) await rm(join(folder, old), { force: true });
}

/**
 * The newest readable checkpoint, or undefined where there is none. Throws InputError where it belongs to another
 * training. `say` hears of files that had to be passed over.
 */
export async function latestCheckpoint(
  folder: string,
  training: string,
  say: (line: string) => void,
): Promise<Checkpoint | undefined> {
  for (const file of await checkpointFiles(folder)) {
    const path = join(folder, file);
    let loaded: Awaited<ReturnType<typeof loadSafetensors>>;
    try {
      loaded = await loadSafetensors(path);
    } catch (error) {
      if (!(error instanceof FrillError)) throw error;
      say(`a damaged checkpoint is left out: ${error.message}`);
      continue;
    }
    if (loaded.metadata.training !== training)
      throw new InputError({
        what: 'the folder holds a training with other settings, data or seed',
        where: folder,
        remedy: 'Choose another folder, or remove this one to start again',
      });
    const sections: Record<string, Weights> = {};
    for (const [name, tensor] of loaded.tensors) {
      const slash = name.indexOf('/');
      const section = name.slice(0, slash);
      sections[section] ??= new Map();
      sections[section].set(name.slice(slash + 1), tensor);
    }
    return { step: Number(loaded.metadata.step), training, sections };
  }
  return undefined;
}

/** Removes all checkpoints of a folder: the training is over and its result written. */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const file of await checkpointFiles(folder)) await rm(join(folder, file), { force: true });
}

/** File names, newest first. */
async function checkpointFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => FILE.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
}

function stepOf(file: string): number {
  return Number(FILE.exec(file)?.[1]);
}
