/**
 * A measurement on devices nearby, from the models to the reports: a server with a page that runs the latency protocol in the
 * browser of whatever opens it. The token and what devices have sent are kept in a folder, so that server and devices may both be
 * interrupted.
 */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from 'frill-audio';
import { renderUnicodeCompact } from 'uqr';
import { contentName } from '../../run/content-name.js';
import type { Progress } from '../../run/progress.js';
import { keptToken } from '../../run/token.js';
import { isEveryAddress, networkAddresses, parseAddress, type RunningServer } from '../../run/web-server.js';
import { describeDevice } from '../device.js';
import { entriesOf } from '../interleaved-rounds.js';
import type { LatencyProtocol } from '../latency-protocol.js';
import type { LatencyReport } from '../latency-report.js';
import type { MeasurableModel } from '../model-subjects.js';
import { DeviceRounds } from './device-rounds.js';
import { serveModels } from './model-server.js';
import { type BrowserEngine, type ServedModel, type ServedTask, subjectsOf } from './task.js';

export interface ServeBenchOptions {
  readonly models: readonly MeasurableModel[];
  readonly protocol: LatencyProtocol;
  /** `HOST:PORT`. */
  readonly serveOn: string;
  /** Keeps the token and what devices have sent. */
  readonly folder: string;
  /** Ends when so many devices have finished. Default: when `signal` says so. */
  readonly devices?: number | undefined;
  readonly onReport: (report: LatencyReport, device: string) => Promise<void>;
  readonly onListening?: (address: string) => void;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Folder of the built page; for tests. */
  readonly page?: string | undefined;
}

/** Unless another is asked for. */
export const SERVE_ON = '0.0.0.0:7475';

/** Where the build puts the page, seen from the sources and from the build alike. */
const PAGE = fileURLToPath(new URL('../../../dist/device-page/', import.meta.url));

/** Serves until enough devices have finished, or `signal` is aborted. Throws InputError for what cannot be served. */
export async function serveBench(options: ServeBenchOptions): Promise<void> {
  const { models, protocol, folder, progress, signal, devices, onReport } = options;
  const task = taskOf(models, protocol);
  const total = entriesOf(subjectsOf(task).length) * protocol.rounds;
  const finished = new Set<string>();
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const token = await keptToken(join(folder, 'server.json'));
  const address = parseAddress(options.serveOn);
  const server = await serveModels(
    {
      task,
      token,
      pageFiles: await filesOfPage(options.page ?? PAGE, task),
      modelFiles: new Map(models.map(({ content, path }) => [content, path])),
      rounds: new DeviceRounds(join(folder, 'rounds')),
      onRound: (device, _round, made) => {
        if (made % 10 === 1 || made === total)
          progress.say(`${short(device)}: ${made} of ${total} measurements`);
      },
      onRefusal: (device, reason) => progress.say(`${short(device)}: refused, ${reason}`),
      onReport: (device, report) => onReport(report, device),
      onFinished: (device) => {
        finished.add(device);
        if (devices !== undefined && finished.size >= devices) end();
      },
    },
    address,
  );
  signal.addEventListener('abort', end, { once: true });
  try {
    const shown = addressesOf(address.host, server, token);
    for (const line of invitation(shown, devices)) progress.say(line);
    options.onListening?.(shown[0]);
    if (!signal.aborted) await ended;
  } finally {
    await server.close();
  }
}

function taskOf(models: readonly MeasurableModel[], protocol: LatencyProtocol): ServedTask {
  const served = models.map(({ name, path, content, bytes, kind, engine }): ServedModel => {
    if (!isBrowserEngine(engine))
      throw new InputError({
        what: `${engine} does not run in the browser`,
        where: path,
        remedy: 'Give a .tflite file, and --engine device, frill or litert',
      });
    return { name, content, bytes, kind, engine };
  });
  return {
    measurement: contentName({ protocol, models: served }),
    protocol,
    models: served,
    ...(served.some(({ engine }) => engine === 'litert')
      ? { litert: describeDevice().runtimes['@litertjs/core'] }
      : {}),
  };
}

function isBrowserEngine(engine: string): engine is BrowserEngine {
  return engine === 'frill' || engine === 'litert';
}

/** Paths by name in the address. */
async function filesOfPage(page: string, task: ServedTask): Promise<Map<string, string>> {
  const names = await readdir(page, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new InputError({
      what: 'the page for devices is not built',
      where: page,
      remedy: 'Run npm run build in the repository; installed packages have it',
      cause,
    });
  });
  const files = new Map<string, string>();
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(page.length).replaceAll('\\', '/').replace(/^\//, '');
    files.set(name === 'index.html' ? '' : name, path);
  }
  if (task.litert !== undefined) {
    const folder = join(dirname(createRequire(import.meta.url).resolve('@litertjs/core')), '..', 'wasm');
    for (const name of await readdir(folder)) files.set(`litert/${name}`, join(folder, name));
  }
  return files;
}

function addressesOf(host: string, { port }: RunningServer, token: string): string[] {
  const hosts = isEveryAddress(host) ? [...networkAddresses(), 'localhost'] : [host];
  return hosts.map((name) => `http://${name.includes(':') ? `[${name}]` : name}:${port}/${token}/`);
}

/** The first address as a QR code, and all of them in words. */
function invitation([first, ...others]: readonly string[], devices: number | undefined): string[] {
  return [
    'Open this address on a phone or tablet in the same network:',
    '',
    `  ${first}`,
    '',
    renderUnicodeCompact(first, { border: 2 }),
    '',
    ...(others.length > 0 ? [`Also: ${others.join('  ')}`] : []),
    devices === undefined
      ? 'Ctrl-C ends it.'
      : `It ends when ${devices === 1 ? 'a device has' : `${devices} devices have`} finished.`,
  ];
}

/** What a device is called before it has told its name. */
function short(device: string): string {
  return `device ${device.slice(0, 4)}`;
}
