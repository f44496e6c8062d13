/** Models and teachers as they travel: the files that a source on the command line stands for, or its name alone where every machine has it. */
import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { InputError } from 'frill-audio';
import { isReleasedName } from 'frill-audio/internals';
import { z } from 'zod';
import { DEVICES } from '../../engine/device.js';
import { ENGINES } from '../../models/engines.js';
import { BASELINE_NAMES } from '../../models/open-representation.js';
import type { Representation } from '../../models/representation.js';
import { type OpenSourceOptions, openSource, type SourceArgument } from '../../train/open-teacher.js';
import { teacherFolders } from '../../train/teacher-folder.js';
import { type PackedFile, packFile } from './parcel.js';

/** What is opened, and how; `source` is a place of the parcel, or a name. */
export const packedSourceSchema = z.object({
  source: z.string(),
  output: z.string().optional(),
  /** Whether `source` is a place. */
  isPlace: z.boolean(),
  hopFrames: z.int().positive().optional(),
  engine: z.enum(ENGINES).optional(),
  device: z.enum(DEVICES).optional(),
  /** What the machine that deals out has: another content is refused. */
  identity: z.string(),
});

export type PackedSource = z.infer<typeof packedSourceSchema>;

/** Files of a folder that opening it reads: a combined teacher's network, or a trained one's weights. */
const OF_FOLDERS = ['combined.json', 'teacher.onnx', 'teacher.json', 'weights.safetensors'];

/** How something was opened here, and what came of it. */
export interface OpenedSource
  extends SourceArgument,
    Pick<OpenSourceOptions, 'hopFrames' | 'engine' | 'device'> {
  readonly identity: string;
}

/** Packs what a source stands for below `place`. Throws InputError where nothing is there. */
export async function packSource(
  { source, output, hopFrames, engine, device, identity }: OpenedSource,
  place: string,
): Promise<{ readonly packed: PackedSource; readonly files: readonly PackedFile[] }> {
  const found = await filesOf(source, place);
  const packed = {
    ...{ source: found.source, isPlace: found.files.length > 0, identity },
    ...(output === undefined ? {} : { output }),
    ...(hopFrames === undefined ? {} : { hopFrames }),
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
  };
  return { packed, files: found.files };
}

async function filesOf(source: string, place: string): Promise<{ source: string; files: PackedFile[] }> {
  if (isReleasedName(source) || BASELINE_NAMES.includes(source)) return { source, files: [] };
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory();
  if (isFolder === undefined)
    throw new InputError({ what: 'no such model', where: source, remedy: 'Give a file, a folder or a name' });
  if (!isFolder) {
    // Its ending says what it is.
    const there = `${place}/${basename(source, extname(source))}${extname(source).toLowerCase()}`;
    return { source: there, files: [await packFile(source, there)] };
  }
  const files: PackedFile[] = [];
  for (const name of OF_FOLDERS) {
    const path = join(source, name);
    if (await stat(path).catch(() => undefined)) files.push(await packFile(path, `${place}/${name}`));
  }
  return { source: place, files };
}

/** Opens one in a machine's folder. Throws InputError where it is another than was dealt out, and as `openSource` does. */
export async function openPacked(
  { source, isPlace, output, identity, ...options }: PackedSource,
  home: string,
  threads: number,
): Promise<Representation> {
  const path = isPlace ? join(home, ...source.split('/')) : source;
  // A TRILL computes with its own number of threads, which decides its rounding.
  const isTrill = isPlace && (await teacherFolders.find(path)) !== undefined;
  const opened = await openSource({ source: path, output }, isTrill ? options : { ...options, threads });
  if (opened.identity === identity) return opened;
  opened.close();
  throw new InputError({
    what: `'${source}' is another model on this machine`,
    where: path,
    remedy: 'Install the same version of frill-models on all machines',
  });
}
