/** A runtime in a page of Chromium, which fetches it, the model and nothing else from a server here. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { hasChromium, launchChromium, servePages } from '../../testing/package/browser.js';
import { bundled } from '../../testing/package/bundled.js';
import { MEDIAPIPE, ONNXRUNTIME_WEB } from './peers.js';
import type { Contender, Side, Started } from './side.js';
import { wireBytes } from './wire-bytes.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LITERT = fileURLToPath(new URL('../../node_modules/@litertjs/core/wasm/', import.meta.url));

/** The folder of what each runtime fetches beside its script. */
const FILES: { readonly [runtime in Contender['runtime']]?: string } = {
  litert: LITERT,
  onnxruntimeWeb: ONNXRUNTIME_WEB,
  mediapipe: MEDIAPIPE,
};

/** Isolated pages have clocks that tell microseconds. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** A browser for several sides, each in a context and with a server of its own. */
export interface Pages {
  open(contender: Contender): Promise<Side>;
  close(): Promise<void>;
}

/** Undefined where there is no Chromium. */
export async function openPages(): Promise<Pages | undefined> {
  if (!hasChromium) return undefined;
  const browser = await launchChromium();
  return {
    open: (contender) => openPage(browser, contender),
    close: () => browser.close(),
  };
}

async function openPage(browser: Browser, { runtime, path }: Contender): Promise<Side> {
  const files = {
    '/': '<!doctype html><title>bench</title>',
    // runtimes.ts names what Node alone can load; no page gets that far.
    '/script.js': await bundled(scriptOf(runtime), HERE, ['onnxruntime-node']),
    '/model': await readFile(path),
  };
  const folder = FILES[runtime];
  const server = await servePages(folder === undefined ? [] : [folder], files, ISOLATED);
  const context = await browser.newContext();
  const page = await context.newPage();
  const close = async () => {
    await context.close();
    server.close();
  };
  try {
    const fetched = weigh(page, runtime);
    await page.goto(`${server.origin}/`);
    const started = await page.evaluate<Omit<Started, 'runtimeBytes'>>(`(${start})()`);
    const runtimeBytes = await fetched();
    return {
      started: { ...started, runtimeBytes },
      turn: (work, milliseconds) => page.evaluate(`side.turn(${JSON.stringify(work)}, ${milliseconds})`),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs in the page. From an empty page to a model that is ready, the fetching included; then the first embedding. */
const start = `async () => {
  const began = performance.now();
  const bytes = fetch('/model').then((response) => response.arrayBuffer());
  globalThis.side = await import('/script.js');
  await side.load({ model: new Uint8Array(await bytes), files: new URL('/', location.href).href });
  const loaded = performance.now();
  await side.first();
  return { loadMs: loaded - began, firstMs: performance.now() - loaded };
}`;

/** Sizes of what runtimes fetch, by name: every start fetches the same. */
const weighed = new Map<string, number>();

/** Counts what a page fetches, compressed; the page itself and the model are left out. */
function weigh(page: Page, runtime: string): () => Promise<number> {
  const bodies: Promise<readonly [name: string, body: Buffer]>[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname === '/' || pathname === '/model') return;
    const named = (body: Buffer) => [`${runtime} ${pathname}`, body] as const;
    // A runtime that does not start closes the page while things still arrive.
    bodies.push(response.body().then(named, () => named(Buffer.alloc(0))));
  });
  return async () => {
    let sum = 0;
    for (const [name, body] of await Promise.all(bodies)) {
      const size = weighed.get(name) ?? wireBytes(body);
      weighed.set(name, size);
      sum += size;
    }
    return sum;
  };
}

/** The script of a runtime: its own part of runtimes.ts, and no other. */
const scriptOf = (runtime: string) => `import { ${runtime} as open, timed } from './runtimes.ts';
  let opened;
  export const load = async (source) => { opened = await open(source); };
  export const first = () => (opened.one ?? opened.audio)();
  export const turn = (work, milliseconds) => opened[work] && timed(opened[work], milliseconds);`;
