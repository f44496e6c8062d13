/**
 * A finished network on disk, student or teacher:
 *
 *     <kind>.json           its configuration, how it was trained and from what, its validation; written last
 *     weights.safetensors   its parameters
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { readJsonIfPresent } from '../run/json-file.js';
import { writeWhole } from '../run/whole-file.js';
import { type KernelType, loadSafetensors, saveSafetensors } from '../tensor/safetensors.js';
import type { Weights } from '../tensor/tensor.js';

export const WEIGHTS_FILE = 'weights.safetensors';

/** What is known of every finished network; kinds add their configuration and validation. */
export const networkFileSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  /** Name of the training, derived from configuration, options, data and seed. */
  training: z.string(),
  /** Options of the training as they were resolved. */
  options: z.record(z.string(), z.json()),
  /** What it learnt from: features, and the teacher if there was one. */
  provenance: z.record(z.string(), z.json()),
});

export type NetworkFile = z.infer<typeof networkFileSchema>;
export type Finished<File extends NetworkFile> = File & { readonly weights: Weights };

export interface NetworkKind<File extends NetworkFile> {
  readonly kind: 'student' | 'teacher';
  readonly schema: z.ZodType<File>;
  /** What to do where there is none. */
  readonly remedy: string;
}

/** Finished networks of one kind, by folder. */
export interface NetworkFolders<File extends NetworkFile> {
  readonly kind: NetworkKind<File>['kind'];
  /** Writes a network; its JSON comes last, so that where it is, everything is. Kernels are float32 unless told. */
  write(folder: string, network: Finished<File>, kernels?: KernelType): Promise<void>;
  /** Removes a network, where there is one, and nothing else. */
  remove(folder: string): Promise<void>;
  /** The folder's network, or undefined where none is finished. Throws InputError where it is damaged. */
  find(folder: string): Promise<Finished<File> | undefined>;
  /** The same; throws InputError where none is finished. */
  read(folder: string): Promise<Finished<File>>;
}

export function networkFolders<File extends NetworkFile>({
  kind,
  schema,
  remedy,
}: NetworkKind<File>): NetworkFolders<File> {
  const jsonPath = (folder: string) => join(folder, `${kind}.json`);
  const weightsPath = (folder: string) => join(folder, WEIGHTS_FILE);

  async function find(folder: string): Promise<Finished<File> | undefined> {
    const file = await readJsonIfPresent(jsonPath(folder), (value) => schema.parse(value), {
      what: `not the description of a ${kind}`,
      remedy: 'Remove the folder and train again',
    });
    if (!file) return undefined;
    const { tensors } = await loadSafetensors(weightsPath(folder));
    return { ...file, weights: tensors };
  }

  return {
    kind,
    find,
    async write(folder, { weights, ...file }, kernels) {
      const metadata = { name: file.name, training: file.training };
      await saveSafetensors(weightsPath(folder), { tensors: weights, metadata }, kernels);
      await writeWhole(jsonPath(folder), `${JSON.stringify(file, null, 2)}\n`);
    },
    async remove(folder) {
      for (const path of [jsonPath(folder), weightsPath(folder)]) await rm(path, { force: true });
    },
    async read(folder) {
      const found = await find(folder);
      if (found) return found;
      throw new InputError({ what: `there is no finished ${kind} here`, where: folder, remedy });
    },
  };
}
