/**
 * A study's files on a disk that its machines share, in the run's folder. It answers what the file server answers, without a network
 * between:
 *
 *     shared/study          name of the study; written last
 *     shared/parcel.json    the description
 *     shared/files/<hash>   the files
 *     students/<name>/…     as ever; machines read and write there themselves, and in rows/<name>/
 */
import { constants, copyFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../run/whole-file.js';
import { isKeptFile, keptFiles, placeOf } from './made-files.js';
import { OTHER_STUDY, type PackedFile, type Parcel, STUDY_HEADER } from './parcel.js';

/** What is asked of a file server. */
export interface Request {
  /** GET by default. */
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** What it answers; a `Response` is one. */
export interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** Lays a study's files into its run's folder, copying those that are not there yet. */
export async function shareFiles(run: string, parcel: Parcel, files: readonly PackedFile[]): Promise<void> {
  const shared = join(run, 'shared');
  await mkdir(join(shared, 'files'), { recursive: true });
  for (const { hash, bytes, path } of files) {
    const place = join(shared, 'files', hash);
    if ((await stat(place).catch(() => undefined))?.size === bytes) continue;
    // Without taking room where the file system can share blocks between files.
    await copyFile(path, `${place}.part`, constants.COPYFILE_FICLONE);
    await rename(`${place}.part`, place);
  }
  await writeWhole(join(shared, 'parcel.json'), JSON.stringify(parcel));
  await writeWhole(join(shared, 'study'), parcel.study);
}

/** Takes them away again; what was made stays. */
export function unshareFiles(run: string): Promise<void> {
  return rm(join(run, 'shared'), { recursive: true, force: true });
}

/** Asks a run's folder for a path of the file server, without the token. */
export async function askFolder(
  run: string,
  path: string,
  { method = 'GET', headers = {}, body }: Request,
): Promise<Answer> {
  const shared = join(run, 'shared');
  const study = await readFile(join(shared, 'study'), 'utf8').catch(() => undefined);
  if (study === undefined) return { status: 404, body: null };
  const asked = headers[STUDY_HEADER];
  if (asked !== undefined && asked !== study)
    return text(OTHER_STUDY, `this is study ${study}, and what was asked for is study ${asked}`);
  const [kind, name = '', file] = path.split('/').map(decodeURIComponent);
  if (kind === 'parcel') return content(join(shared, 'parcel.json'));
  if (kind === 'files') return content(join(shared, 'files', name));
  const place = placeOf(name);
  if (kind !== 'made' || place === undefined) return { status: 404, body: null };
  const made = join(run, place);
  if (file === undefined) return text(200, JSON.stringify(await keptFiles(name, made)));
  if (!isKeptFile(name, file)) return { status: 404, body: null };
  const there = join(made, ...file.split('/'));
  if (method === 'GET') return content(there);
  await writeWhole(there, body ?? new Uint8Array());
  return { status: 204, body: null };
}

function text(status: number, said: string): Answer {
  return {
    status,
    body: (async function* () {
      yield new TextEncoder().encode(said);
    })(),
  };
}

async function content(path: string): Promise<Answer> {
  const file = await open(path).catch(() => undefined);
  return file ? { status: 200, body: file.createReadStream() } : { status: 404, body: null };
}
