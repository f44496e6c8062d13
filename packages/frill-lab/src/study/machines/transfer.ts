/** A machine's side of the file server, or of a folder that is shared: fetches what is missing, goes on where a transfer broke off, sends back what was made. */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from 'frill-audio';
import type { Progress } from '../../run/progress.js';
import { sha256Of } from '../../run/sha256.js';
import { isGrowing, isKeptFile, keptFiles } from './made-files.js';
import { OTHER_STUDY, type Parcel, type ParcelFile, packFile, parcelSchema, STUDY_HEADER } from './parcel.js';
import { type Answer, askFolder, type Request } from './shared-folder.js';

/** Where a study's files are. */
export interface FileSource {
  /** `http://HOST:PORT/TOKEN` of its file server, or the folder of its run on a disk that is shared. */
  readonly from: string;
  /** The study that is helped with; another is refused. */
  readonly study?: string;
  readonly signal?: AbortSignal;
}

/** Seconds between tries while the network is away, doubling up to the last. */
const PAUSES = [0.5, 1, 2, 4, 8, 15];

/** The description. Throws InputError where there is no study. */
export async function fetchParcel(source: FileSource): Promise<Parcel> {
  const answer = await request(source, 'parcel').catch((cause: unknown) => {
    if (source.signal?.aborted) throw source.signal.reason;
    throw noStudy(source, 'no file server answers', cause);
  });
  if (!isOk(answer))
    throw noStudy(
      source,
      isAddress(source)
        ? `the file server answered ${answer.status}`
        : 'no study shares its files in this folder',
    );
  return parcelSchema.parse(JSON.parse((await bytesOf(answer)).toString()));
}

/** The description of what comes after a study, from the same address: waits until it is there, or until the signal says stop. */
export async function nextParcel(source: FileSource, after: string): Promise<Parcel> {
  for (let attempt = 0; ; attempt++) {
    const parcel = await fetchParcel(source).catch((error: unknown) => {
      if (source.signal?.aborted) throw source.signal.reason;
      if (!(error instanceof InputError)) throw error;
      return undefined;
    });
    if (parcel && parcel.study !== after) return parcel;
    await pause(Math.min(attempt, 2), source.signal);
  }
}

function noStudy(source: FileSource, what: string, cause?: unknown): InputError {
  return new InputError({
    what,
    cause,
    where: shown(source),
    remedy: isAddress(source)
      ? 'Check the address and its token; the study prints both when it starts'
      : 'Name the folder of a study that was started with --share; an address starts with http://',
  });
}

function isAddress({ from }: FileSource): boolean {
  return /^https?:\/\//.test(from);
}

/** Address of a source for messages, without its token. */
export function shown(source: FileSource): string {
  return isAddress(source) ? source.from.replace(/\/[^/]*$/, '/…') : source.from;
}

/** Brings all files into `folder`; those that are there with their size and hash are left. */
export async function fetchFiles(
  source: FileSource,
  files: readonly ParcelFile[],
  folder: string,
  progress: Progress,
): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const step = progress.start('fetch the study', total, 'bytes');
  let done = 0;
  for (const file of files) {
    source.signal?.throwIfAborted();
    await fetchFile(source, file, join(folder, ...file.place.split('/')));
    done += file.bytes;
    step.advance(done);
  }
  step.finish();
}

async function fetchFile(source: FileSource, file: ParcelFile, path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  // Of the right size and another content, it is of another study, or damaged: it is fetched again.
  if (there?.size === file.bytes && (await packFile(path, '')).hash === file.hash) return;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.fetching`;
  for (let attempt = 0; ; attempt++) {
    const start = (await stat(partial).catch(() => undefined))?.size ?? 0;
    const isWhole = start === file.bytes || (await append(source, file, partial, start).catch(() => false));
    if (isWhole && (await packFile(partial, '')).hash === file.hash) return rename(partial, path);
    // Of the right length and wrong: there is nothing to go on from.
    if (isWhole) await rm(partial, { force: true });
    if (isWhole && attempt > 2)
      throw new InputError({
        what: 'a file arrives with another content than announced',
        where: file.place,
        remedy: 'Start the study again, which describes its files anew',
      });
    await pause(attempt, source.signal);
  }
}

/** Appends what is missing; true when all is there. */
async function append(
  source: FileSource,
  file: ParcelFile,
  partial: string,
  start: number,
): Promise<boolean> {
  const headers = start > 0 ? { range: `bytes=${start}-` } : {};
  const answer = await request(source, `files/${file.hash}`, { headers });
  if (!isOk(answer) || !answer.body) return false;
  const handle = await open(partial, start > 0 && answer.status === 206 ? 'a' : 'w');
  try {
    for await (const chunk of answer.body) await handle.write(chunk);
    return (await handle.stat()).size === file.bytes;
  } finally {
    await handle.close();
  }
}

/** Brings what the study keeps of a job that another machine has begun. */
export async function fetchMade(source: FileSource, name: string, folder: string): Promise<void> {
  const names: string[] = await patiently(source, async () =>
    JSON.parse((await expectBytes(source, `made/${name}`)).toString()),
  );
  for (const file of names.filter((file) => isKeptFile(name, file))) {
    const path = join(folder, ...file.split('/'));
    if (!isGrowing(file) && (await stat(path).catch(() => undefined))) continue;
    await patiently(source, async () => {
      const bytes = await expectBytes(source, `made/${name}/${encodeURIComponent(file)}`);
      await mkdir(dirname(path), { recursive: true });
      const handle = await open(`${path}.fetching`, 'w');
      await handle.writeFile(bytes);
      await handle.close();
      await rename(`${path}.fetching`, path);
    });
  }
}

/** Sends what is new in a job's folder; `sent` remembers between calls what was. */
export async function sendMade(
  source: FileSource,
  name: string,
  folder: string,
  sent: Map<string, number>,
): Promise<void> {
  for (const file of await keptFiles(name, folder)) {
    const path = join(folder, ...file.split('/'));
    const size = (await stat(path).catch(() => undefined))?.size;
    if (size === undefined || sent.get(file) === size) continue;
    await patiently(source, async () => {
      // A checkpoint may be gone by now; the next one is on its way. Read before it is sent, it cannot vanish in between.
      const bytes = await readFile(path).catch(() => undefined);
      if (!bytes) return;
      const answer = await request(source, `made/${name}/${encodeURIComponent(file)}`, {
        method: 'PUT',
        headers: { digest: sha256Of(bytes) },
        body: bytes,
      });
      if (!isOk(answer)) throw unexpected(answer);
      sent.set(file, bytes.length);
    });
  }
}

async function expectBytes(source: FileSource, path: string): Promise<Buffer> {
  const answer = await request(source, path);
  if (!isOk(answer)) throw unexpected(answer);
  return bytesOf(answer);
}

function unexpected({ status }: Answer): Error {
  return new Error(`the file server answered ${status}`);
}

function isOk({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

async function bytesOf({ body }: Answer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Tries until it works or the signal says stop: a network comes back. */
async function patiently<T>(source: FileSource, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++)
    try {
      return await work();
    } catch (error) {
      if (source.signal?.aborted) throw source.signal.reason;
      if (error instanceof InputError) throw error;
      if (attempt >= 4 * PAUSES.length) throw error;
      await pause(attempt, source.signal);
    }
}

async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const seconds = PAUSES[Math.min(attempt, PAUSES.length - 1)];
  await sleep(1000 * seconds, undefined, signal ? { signal } : {});
}

/** Throws InputError where there is another study. */
async function request(source: FileSource, path: string, options: Request = {}): Promise<Answer> {
  const { from, study, signal } = source;
  const headers = { ...options.headers, ...(study === undefined ? {} : { [STUDY_HEADER]: study }) };
  const wanted = { ...options, headers };
  const answer = isAddress(source)
    ? await fetch(`${from}/${path}`, { ...wanted, ...(signal ? { signal } : {}) })
    : await askFolder(from, path, wanted);
  if (answer.status !== OTHER_STUDY) return answer;
  throw new InputError({
    what: (await bytesOf(answer)).toString(),
    where: shown(source),
    remedy: 'Start frill study work again: it helps with the study that is there now',
  });
}
