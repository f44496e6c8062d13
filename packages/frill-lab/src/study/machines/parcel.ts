/**
 * What a machine must have to help: a description, and files by the hash of their content. A file that is there already is not fetched
 * again. Students, a teacher's values and evaluations are dealt out alike; each such piece of work is called a study here.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DEVICES } from '../../engine/device.js';
import { contentName } from '../../run/content-name.js';
import { sha256OfFile } from '../../run/sha256.js';
import { VERSION } from '../../run/version.js';

/** A request names the study that it is for; a server of another answers so. */
export const STUDY_HEADER = 'frill-study';
export const OTHER_STUDY = 409;

const fileSchema = z.object({
  /** SHA-256 of the content, in hexadecimal digits. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  /** Where it lies in the machine's folder for the study, with forward slashes. */
  place: z.string().refine((place) => !place.split('/').includes('..') && !place.startsWith('/'), {
    message: 'leaves the folder',
  }),
  /** Fetched by whoever takes a job that names it, instead of by everybody. */
  asked: z.literal(true).optional(),
});

export const parcelSchema = z.object({
  format: z.literal(1),
  /** Version of the laboratory: machines with another one give other students. */
  version: z.string(),
  /** Derived from options, tasks, teacher and files: another study has another name. */
  study: z.string(),
  files: z.array(fileSchema),
  /** What machines must have to compute with. */
  device: z.enum(DEVICES).default('cpu'),
  /** Another piece of work comes from the same address when this one is over. */
  follows: z.boolean().default(false),
});

export type Parcel = z.infer<typeof parcelSchema>;
export type ParcelFile = z.infer<typeof fileSchema>;

/** A file to be packed: where it is here, and where it will lie there. */
export interface PackedFile extends ParcelFile {
  readonly path: string;
}

/** Describes files for machines; `identity` is whatever else decides what comes out. */
export function describeParcel(
  files: readonly PackedFile[],
  identity: object,
  more: Partial<Pick<Parcel, 'device' | 'follows'>> = {},
): Parcel {
  const about = {
    format: 1 as const,
    version: VERSION,
    files: files.map(({ path: _, ...file }) => file),
  };
  return { device: 'cpu', follows: false, ...more, ...about, study: contentName({ ...about, ...identity }) };
}

/** All files of a folder, below `place`. */
export async function packFolder(folder: string, place: string): Promise<PackedFile[]> {
  const packed: PackedFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) packed.push(await packFile(path, `${place}/${name}`));
  }
  return packed;
}

export async function packFile(path: string, place: string): Promise<PackedFile> {
  const { sha256, bytes } = await sha256OfFile(path);
  return { hash: sha256, bytes, place, path };
}
