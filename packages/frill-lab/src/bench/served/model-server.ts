/**
 * Serves the benchmark page and the named models to devices nearby, and takes their results. It knows a list of files and nothing
 * else: no path of a request reaches the disk, and nothing is answered without the token.
 *
 *     GET  /<token>/                        the page, and beside it the files that it consists of
 *     GET  /<token>/task                    JSON: models and protocol
 *     GET  /<token>/models/<content>        a model's file
 *     GET  /<token>/devices/<id>/rounds     JSON: rounds that this device has sent before
 *     POST /<token>/devices/<id>/rounds     a round
 *     POST /<token>/devices/<id>/report     the whole report
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { isToken } from '../../run/token.js';
import {
  endWith,
  type RunningServer,
  type ServerAddress,
  sendJson,
  startServer,
} from '../../run/web-server.js';
import type { LatencyReport } from '../latency-report.js';
import type { RoundRecord } from '../round-store.js';
import type { DeviceRounds } from './device-rounds.js';
import { acceptReport, acceptRound, deviceIdSchema, Refusal } from './submission.js';
import type { ServedTask } from './task.js';

export interface ModelServerOptions {
  readonly task: ServedTask;
  readonly token: string;
  /** Paths of the page's files by their names in the address; '' is the page itself. */
  readonly pageFiles: ReadonlyMap<string, string>;
  /** Paths of the models by content. */
  readonly modelFiles: ReadonlyMap<string, string>;
  readonly rounds: DeviceRounds;
  readonly onRound: (device: string, round: RoundRecord, made: number) => void;
  readonly onReport: (device: string, report: LatencyReport) => Promise<void>;
  /** The device knows that its report is taken. */
  readonly onFinished: (device: string) => void;
  /** A submission was refused; nothing of it was kept. */
  readonly onRefusal: (device: string, reason: string) => void;
}

/** A round has some hundred samples. A report has all rounds. */
const MOST_BYTES = { rounds: 2 ** 20, report: 2 ** 26 };

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

const HEADERS = {
  // Nothing but what this server has; the token goes nowhere.
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; img-src 'self' data:; media-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Where the browser trusts the address (localhost, through adb), its clock is then twenty times as fine.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Starts it; port 0 takes a free one. */
export function serveModels(options: ModelServerOptions, address: ServerAddress): Promise<RunningServer> {
  return startServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    answer(request, response, options).catch((error: unknown) => {
      if (!response.headersSent)
        response.writeHead(error instanceof Refusal ? 400 : 500, { connection: 'close' });
      response.end(error instanceof Refusal ? error.message : undefined);
    });
  }, address);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ModelServerOptions,
): Promise<void> {
  const { task, token, pageFiles, modelFiles } = options;
  const { pathname } = new URL(request.url ?? '/', 'http://host');
  const [, given = '', rest = ''] = /^\/([^/]*)\/(.*)$/.exec(pathname) ?? [];
  if (!isToken(given, token)) return endWith(response, 404);
  const [, device, what] = /^devices\/([^/]*)\/(rounds|report)$/.exec(rest) ?? [];
  if (device !== undefined && (what === 'rounds' || what === 'report')) {
    if (!deviceIdSchema.safeParse(device).success) return endWith(response, 404);
    if (request.method === 'POST') return take(request, response, { device, what }, options);
    if (request.method !== 'GET' || what !== 'rounds') return endWith(response, 405);
    return sendJson(response, await options.rounds.of(device, task.measurement));
  }
  if (request.method !== 'GET') return endWith(response, 405);
  if (rest === 'task') return sendJson(response, task);
  const model = /^models\/([0-9a-f]+)$/.exec(rest)?.[1];
  const path = model === undefined ? pageFiles.get(rest) : modelFiles.get(model);
  return path === undefined ? endWith(response, 404) : sendFile(response, path, model !== undefined);
}

async function sendFile(response: ServerResponse, path: string, isModel: boolean): Promise<void> {
  const bytes = await readFile(path);
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-length': bytes.length,
    // A model's name is its content: a device that comes back need not fetch it again.
    'cache-control': isModel ? 'private, max-age=86400, immutable' : 'no-store',
  });
  response.end(bytes);
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  { device, what }: { readonly device: string; readonly what: 'rounds' | 'report' },
  { task, rounds, onRound, onReport, onFinished, onRefusal }: ModelServerOptions,
): Promise<void> {
  try {
    const value = await readJsonBody(request, MOST_BYTES[what]);
    if (what === 'report') {
      await onReport(device, acceptReport(value, task));
      response.once('finish', () => onFinished(device));
    } else {
      const record = acceptRound(value, task);
      if (!(await rounds.hasRoom(device))) throw new Refusal('too many devices');
      const kept = await rounds.of(device, task.measurement);
      const isNew = kept.every(({ entry, round }) => entry !== record.entry || round !== record.round);
      if (isNew) await rounds.add(device, record);
      onRound(device, record, kept.length + (isNew ? 1 : 0));
    }
    endWith(response, 204);
  } catch (error) {
    if (error instanceof Refusal) onRefusal(device, error.message);
    throw error;
  }
}

async function readJsonBody(request: IncomingMessage, mostBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Refusal(`more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal('this is no JSON');
  }
}
