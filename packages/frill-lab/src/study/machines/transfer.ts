/** A machine's side of the file server: fetches what is missing, goes on where a transfer broke off, sends back what was made. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from 'frill-audio';
import type { Progress } from '../../run/progress.js';
import { OTHER_STUDY, type Parcel, type ParcelFile, packFile, parcelSchema, STUDY_HEADER } from './parcel.js';
import { isGrowing, isKeptFile } from './student-files.js';

/** A study's file server: its address, the token included. */
export interface FileSource {
  /** `http://HOST:PORT/TOKEN` */
  readonly url: string;
  /** The study that is helped with; a server of another refuses. */
  readonly study?: string;
  readonly signal?: AbortSignal;
}

/** Seconds between tries while the network is away, doubling up to the last. */
const PAUSES = [0.5, 1, 2, 4, 8, 15];

/** The description. Throws InputError where the address is not a study's. */
export async function fetchParcel(source: FileSource): Promise<Parcel> {
  const response = await request(source, 'parcel').catch((cause: unknown) => {
    if (source.signal?.aborted) throw source.signal.reason;
    return cause;
  });
  if (!(response instanceof Response && response.ok))
    throw new InputError({
      what:
        response instanceof Response
          ? `the file server answered ${response.status}`
          : 'no file server answers',
      cause: response,
      where: source.url.replace(/\/[^/]*$/, '/…'),
      remedy: 'Check the address and its token; the study prints both when it starts',
    });
  return parcelSchema.parse(await response.json());
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
  const response = await request(source, `files/${file.hash}`, { headers });
  if (!response.ok || !response.body) return false;
  const handle = await open(partial, start > 0 && response.status === 206 ? 'a' : 'w');
  try {
    for await (const chunk of response.body) await handle.write(chunk);
    return (await handle.stat()).size === file.bytes;
  } finally {
    await handle.close();
  }
}

/** Brings what the study keeps of a student that another machine has begun. */
export async function fetchStudent(source: FileSource, name: string, folder: string): Promise<void> {
  const names: string[] = await patiently(source, async () =>
    (await expectOk(source, `students/${name}`)).json(),
  );
  for (const file of names.filter(isKeptFile)) {
    const path = join(folder, ...file.split('/'));
    if (!isGrowing(file) && (await stat(path).catch(() => undefined))) continue;
    await patiently(source, async () => {
      const response = await expectOk(source, `students/${name}/${encodeURIComponent(file)}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      await mkdir(dirname(path), { recursive: true });
      const handle = await open(`${path}.fetching`, 'w');
      await handle.writeFile(bytes);
      await handle.close();
      await rename(`${path}.fetching`, path);
    });
  }
}

/** Sends what is new in a student's folder; `sent` remembers between calls what was. */
export async function sendStudent(
  source: FileSource,
  name: string,
  folder: string,
  sent: Map<string, number>,
): Promise<void> {
  const names = (await readdir(folder, { recursive: true }).catch(() => []))
    .map((file) => file.replaceAll('\\', '/'))
    .filter(isKeptFile);
  for (const file of names) {
    const path = join(folder, ...file.split('/'));
    const size = (await stat(path).catch(() => undefined))?.size;
    if (size === undefined || sent.get(file) === size) continue;
    await patiently(source, async () => {
      // A checkpoint may be gone by now; the next one is on its way. Read before it is sent, it cannot vanish in between.
      const bytes = await readFile(path).catch(() => undefined);
      if (!bytes) return;
      const response = await request(source, `students/${name}/${encodeURIComponent(file)}`, {
        method: 'PUT',
        headers: { digest: digestOf(bytes) },
        body: bytes,
      });
      if (!response.ok) throw new Error(`the file server answered ${response.status}`);
      sent.set(file, bytes.length);
    });
  }
}

async function expectOk(source: FileSource, path: string): Promise<Response> {
  const response = await request(source, path);
  if (!response.ok) throw new Error(`the file server answered ${response.status}`);
  return response;
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

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** Throws InputError where the server has another study. */
async function request(
  { url, study, signal }: FileSource,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const headers = { ...options.headers, ...(study === undefined ? {} : { [STUDY_HEADER]: study }) };
  const wanted = { ...options, headers, ...(signal ? { signal } : {}) };
  const response = await fetch(`${url}/${path}`, wanted);
  if (response.status !== OTHER_STUDY) return response;
  throw new InputError({
    what: await response.text(),
    where: url.replace(/\/[^/]*$/, '/…'),
    remedy: 'Start frill study work again: it helps with the study that is there now',
  });
}

/** A hash as `digest` wants it. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
