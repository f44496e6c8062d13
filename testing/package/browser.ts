/** Headless Chromium, and a server for pages that lie in memory or in folders; for tests and benchmarks of what users install. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const OFFLINE = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Whether there is a browser to start. */
export const hasChromium = existsSync(CHROMIUM);

/** Starts the browser; `flags` are Chromium's own. */
export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...OFFLINE, ...flags] });
}

const MIME: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
};

export interface PageServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  close(): void;
}

/**
 * Serves `files` by path (`/` is a page), and what lies in `folders`, the first that has it. `headers` go with every answer.
 */
export async function servePages(
  folders: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<PageServer> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = normalize(new URL(url, 'http://localhost').pathname);
    let content: string | Uint8Array | undefined = files[path];
    for (const folder of folders) content ??= await readFile(join(folder, path)).catch(() => undefined);
    response.statusCode = content === undefined ? 404 : 200;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const kind = path.endsWith('/') ? 'text/html' : MIME[extname(path)];
    response.setHeader('content-type', kind ?? 'application/octet-stream').end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
