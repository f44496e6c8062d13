/** A runtime in a page of Chromium, which fetches it, the model and nothing else from a server here. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { MEDIAPIPE, ONNXRUNTIME_WEB } from './peers.js';
import type { Contender, Side, Started } from './side.js';

const CHROMIUM = '/usr/bin/chromium';
const HERE = fileURLToPath(new URL('.', import.meta.url));
const LITERT = fileURLToPath(new URL('../../node_modules/@litertjs/core/wasm/', import.meta.url));

/** What each runtime fetches beside its script. */
const FILES: Readonly<Record<string, string>> = {
  litert: LITERT,
  'onnxruntime-web': ONNXRUNTIME_WEB,
  mediapipe: MEDIAPIPE,
};

/** A browser for several sides, each in a context of its own. */
export interface Pages {
  open(contender: Contender): Promise<Side>;
  close(): Promise<void>;
}

/** Undefined where there is no Chromium. */
export async function openPages(): Promise<Pages | undefined> {
  if (!existsSync(CHROMIUM)) return undefined;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const server = await serve();
  return {
    open: ({ runtime, path }) => openPage(browser, addressOf(server), runtime, path),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

async function openPage(browser: Browser, origin: string, runtime: string, path: string): Promise<Side> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const fetched = weigh(page);
  await page.goto(`${origin}/`);
  const model = `/model?${encodeURIComponent(path)}`;
  const started = await page.evaluate<Omit<Started, 'runtimeBytes'>>(
    `(${start})(${JSON.stringify({ script: `/script/${runtime}.js`, model, files: `/files/${runtime}/` })})`,
  );
  const runtimeBytes = await fetched();
  return {
    started: { ...started, runtimeBytes },
    turn: (work, milliseconds) => page.evaluate(`side.turn(${JSON.stringify(work)}, ${milliseconds})`),
    close: () => context.close(),
  };
}

/** Runs in the page. From an empty page to a model that is ready, the fetching included; then the first embedding. */
const start = `async ({ script, model, files }) => {
  const began = performance.now();
  const bytes = fetch(model).then((response) => response.arrayBuffer());
  globalThis.side = await import(script);
  await side.load({ model: new Uint8Array(await bytes), files: new URL(files, location.href).href });
  const loaded = performance.now();
  await side.first();
  return { loadMs: loaded - began, firstMs: performance.now() - loaded };
}`;

/** Counts what a page fetches, compressed; the page itself and the model are left out. */
function weigh(page: Page): () => Promise<number> {
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname !== '/' && pathname !== '/model') bodies.push(response.body());
  });
  return async () =>
    (await Promise.all(bodies)).reduce((sum, body) => sum + brotliCompressSync(body).length, 0);
}

/** The script of a runtime: its own part of runtimes.ts, and no other. */
async function scriptOf(runtime: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { ${runtime} as open, timed } from './runtimes.ts';
        let opened;
        export const load = async (source) => { opened = await open(source); };
        export const first = () => (opened.one ?? opened.audio)();
        export const turn = (work, milliseconds) => opened[work] && timed(opened[work], milliseconds);`,
      resolveDir: HERE,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].contents;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Isolated pages have clocks that tell microseconds. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

async function serve(): Promise<Server> {
  const scripts = new Map<string, Promise<Uint8Array>>();
  const contentOf = (url: URL): Promise<Uint8Array> | Uint8Array | string => {
    const [, kind, name = '', ...rest] = url.pathname.split('/');
    if (kind === 'model') return readFile(decodeURIComponent(url.search.slice(1)));
    if (kind === 'files') return readFile(join(FILES[name], ...rest));
    if (kind !== 'script') return '<!doctype html><title>bench</title>';
    const runtime = name.replace('.js', '');
    const script = scripts.get(runtime) ?? scriptOf(runtime);
    scripts.set(runtime, script);
    return script;
  };
  const server = createServer(async ({ url = '/' }, response) => {
    const address = new URL(url, 'http://localhost');
    for (const [name, value] of Object.entries(ISOLATED)) response.setHeader(name, value);
    try {
      const content = await contentOf(address);
      response.setHeader('content-type', TYPES[extname(address.pathname)] ?? 'text/html').end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
