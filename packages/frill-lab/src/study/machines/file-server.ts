/**
 * Serves a study's files to the machines that help with it, and takes from them what they made. It knows a list of names and
 * nothing else: no path of a request reaches the disk.
 *
 *     GET  /<token>/parcel                     the description
 *     GET  /<token>/files/<hash>               a file; ranges, so that a transfer that broke off goes on
 *     GET  /<token>/made/<job>                 JSON: what is kept of a job, such as a student in training
 *     GET  /<token>/made/<job>/<file>          one such file
 *     PUT  /<token>/made/<job>/<file>          the same from a machine; `digest` has its SHA-256
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { isToken } from '../../run/token.js';
import { endWith, type RunningServer, sendJson, startServer } from '../../run/web-server.js';
import { isKeptFile, keptFiles, placeOf } from './made-files.js';
import { OTHER_STUDY, type PackedFile, type Parcel, STUDY_HEADER } from './parcel.js';

export interface FileServerOptions {
  readonly parcel: Parcel;
  readonly files: readonly PackedFile[];
  /** Whoever holds it may read the study's files and bring what was made. */
  readonly token: string;
  /** The folder of the run, into which comes what machines make; see made-files.ts. */
  readonly run: string;
  /** Largest file that is taken. */
  readonly mostBytes?: number;
}

const MOST_BYTES = 2 ** 30;

/** Starts it; `port` 0 takes a free one. */
export function serveFiles(options: FileServerOptions, host: string, port: number): Promise<RunningServer> {
  const byHash = new Map(options.files.map((file) => [file.hash, file]));
  return startServer(
    (request, response) => {
      answer(request, response, byHash, options).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(error instanceof Error ? error.message : undefined);
      });
    },
    { host, port },
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  byHash: ReadonlyMap<string, PackedFile>,
  options: FileServerOptions,
): Promise<void> {
  const { token, parcel, run } = options;
  const [given = '', kind, name = '', file, ...rest] = partsOf(request.url ?? '/');
  if (!isToken(given, token) || rest.length > 0) return endWith(response, 404);
  const asked = request.headers[STUDY_HEADER];
  if (asked !== undefined && asked !== parcel.study) {
    response.writeHead(OTHER_STUDY);
    response.end(`this is study ${parcel.study}, and what was asked for is study ${asked}`);
    return;
  }
  const isGet = request.method === 'GET' || request.method === 'HEAD';
  if (isGet && kind === 'parcel') return sendJson(response, parcel);
  if (isGet && kind === 'files') {
    const found = byHash.get(name);
    return found ? send(request, response, found.path, found.bytes) : endWith(response, 404);
  }
  const place = placeOf(name);
  if (kind !== 'made' || place === undefined) return endWith(response, 404);
  const folder = join(run, place);
  if (isGet && file === undefined) return sendJson(response, await keptFiles(name, folder));
  if (file === undefined || !isKeptFile(name, file)) return endWith(response, 404);
  const path = join(folder, ...file.split('/'));
  if (isGet) {
    const size = (await stat(path).catch(() => undefined))?.size;
    return size === undefined ? endWith(response, 404) : send(request, response, path, size);
  }
  if (request.method !== 'PUT') return endWith(response, 405);
  return take(request, response, path, options.mostBytes ?? MOST_BYTES);
}

/** Parts of a path; none where it cannot be read. */
function partsOf(url: string): string[] {
  try {
    return new URL(url, 'http://host').pathname.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return [];
  }
}

/** The whole file, or the range asked for. */
function send(request: IncomingMessage, response: ServerResponse, path: string, size: number): Promise<void> {
  const [, from = '0'] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from);
  if (start > size) return Promise.resolve(endWith(response, 416));
  const isPart = request.headers.range !== undefined;
  response.writeHead(isPart ? 206 : 200, {
    'content-length': size - start,
    'content-type': 'application/octet-stream',
    ...(isPart ? { 'content-range': `bytes ${start}-${size - 1}/${size}` } : {}),
  });
  if (request.method === 'HEAD' || start === size) {
    response.end();
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const file = createReadStream(path, { start, end: size - 1 });
    file.once('error', reject);
    response.once('close', () => {
      file.destroy();
      resolve();
    });
    file.pipe(response);
  });
}

/** Writes what comes beside its place, and into it only when it is whole and has the hash that was announced. */
async function take(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  mostBytes: number,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomBytes(4).toString('hex')}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(unfinished, 'w');
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > mostBytes) return endWith(response, 413);
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
    if (hash.digest('hex') !== request.headers.digest) return endWith(response, 400);
    await rename(unfinished, path);
    endWith(response, 204);
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
}
