/**
 * Starts LiteRT.js (Google's TensorFlow Lite runtime compiled to WebAssembly, with XNNPACK) once for each JavaScript
 * thread. It is written for the browser's main thread; the shims here make it run in Node, in Node's worker threads and
 * in module workers of the browser as well, with or without threads of its own.
 *
 * What it needs of the page's global scope is put there while it starts and taken away afterwards.
 */
import type * as LiteRt from '@litertjs/core';
import { ModelError } from '../errors.js';
import { isNode } from './host.js';

/** Options of `liteRt`. */
export interface LiteRtOptions {
  /**
   * Number of threads that compute one inference, 1 to 64. The first model loaded in a JavaScript thread decides for all that follow there. In a
   * browser, more than one needs a page with cross-origin isolation. Default 1: for many clips, workers scale better.
   */
  readonly threads?: number | undefined;
  /**
   * Address of a folder of your own with the files of `@litertjs/core/wasm`. Needed in a browser, and only there. Nothing is ever asked
   * of another origin than you name.
   */
  readonly runtimeFiles?: string | undefined;
}

type Core = typeof LiteRt;

let running: { readonly core: Promise<Core>; readonly threads: number } | undefined;

/** LiteRT, ready to compile models. Throws ModelError if it cannot start, or runs with fewer threads than asked for. */
export async function startLiteRt({ threads, runtimeFiles }: LiteRtOptions = {}): Promise<Core> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64))
    throw new ModelError({ what: `${threads} threads are not possible`, remedy: 'Ask for 1 to 64' });
  if (running !== undefined && (threads ?? 1) > running.threads)
    throw new ModelError({
      what: `LiteRT already runs here with ${running.threads} thread(s), not ${threads}`,
      remedy: 'Load the model that wants most threads first, or in a worker of its own',
    });
  running ??= { core: start(threads ?? 1, runtimeFiles), threads: threads ?? 1 };
  try {
    return await running.core;
  } catch (cause) {
    running = undefined;
    if (cause instanceof ModelError) throw cause;
    throw new ModelError({
      what: 'the LiteRT runtime does not start here',
      remedy:
        'It needs the npm package @litertjs/core, WebAssembly SIMD, and in a browser the files named by `runtimeFiles`',
      cause,
    });
  }
}

async function start(threads: number, runtimeFiles: string | undefined): Promise<Core> {
  const host = isNode() ? await nodeHost(threads) : await browserHost(runtimeFiles);
  const core = await import('@litertjs/core');
  const restore = lend(host.globals);
  // Without a GPU it warns at every start; we never ask for one.
  const warn = console.warn;
  console.warn = (...message: unknown[]) => {
    if (!String(message[0]).includes('WebGPU')) warn(...message);
  };
  try {
    await core.loadLiteRt(host.folder, { threads: threads > 1 });
  } finally {
    console.warn = warn;
    restore();
  }
  return core;
}

/** Where LiteRT's files are, and what it must find in the global scope to load them. */
interface Host {
  readonly folder: string;
  readonly globals: Readonly<Record<string, unknown>>;
}

async function nodeHost(threads: number): Promise<Host> {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { dirname, join } = process.getBuiltinModule('node:path');
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  // Relaxed SIMD is finished but not yet on by default in Node 20; it makes the fast kernels of XNNPACK available.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('@litertjs/core')), '..', 'wasm');

  const importScripts = (path: string) => {
    const source = readFileSync(path, 'utf8');
    /** LiteRT's own threads: each runs the same file, as CommonJS, which it is in spite of its folder's package.json. */
    class LiteRtThread extends Worker {
      constructor(_script: string, options: object) {
        super(source, { ...options, eval: true });
        this.unref();
      }
    }
    const exports = evaluate(source, {
      require,
      __filename: path,
      __dirname: folder,
      Worker: LiteRtThread,
      navigator: { hardwareConcurrency: threads },
    });
    Object.assign(globalThis, { ModuleFactory: exports });
  };
  const Module = { locateFile: (file: string) => join(folder, file), print() {}, printErr() {} };
  return { folder, globals: { self: globalThis, importScripts, Module, Worker } };
}

/** Runs a CommonJS file with these names in scope and returns what it exports. */
function evaluate(source: string, scope: Readonly<Record<string, unknown>>): unknown {
  const module = { exports: {} };
  const names = ['module', 'exports', ...Object.keys(scope)];
  new Function(...names, source)(module, module.exports, ...Object.values(scope));
  return module.exports;
}

async function browserHost(runtimeFiles: string | undefined): Promise<Host> {
  if (runtimeFiles === undefined)
    throw new ModelError({
      what: 'the files of the LiteRT runtime are nowhere to be found',
      where: 'runtimeFiles',
      remedy: 'Serve the folder @litertjs/core/wasm with your page and give its address',
    });
  const folder = new URL(
    runtimeFiles.endsWith('/') ? runtimeFiles : `${runtimeFiles}/`,
    globalThis.location?.href,
  );
  const at = (file: string) => new URL(file, folder).href;
  const Module = {
    locateFile: at,
    mainScriptUrlOrBlob: at('litert_wasm_threaded_internal.js'),
    print() {},
    printErr() {},
  };
  return {
    folder: folder.href,
    globals: isModuleWorker() ? { Module, importScripts: importByEvaluation } : { Module },
  };
}

/** Module workers have an `importScripts` that always throws. */
function isModuleWorker(): boolean {
  const importScripts: unknown = Reflect.get(globalThis, 'importScripts');
  if (typeof importScripts !== 'function') return false;
  try {
    importScripts();
    return false;
  } catch {
    return true;
  }
}

/** Synchronous, as `importScripts` is. */
function importByEvaluation(url: string): void {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.send();
  if (request.status >= 400) throw new Error(`${url}: HTTP status ${request.status}`);
  // An indirect eval runs in the global scope, where `importScripts` would have put the factory.
  // biome-ignore lint/security/noGlobalEval: the runtime's own file, which a classic worker would run in the same way
  globalThis.eval(`${request.responseText}\nself.ModuleFactory = ModuleFactory;`);
}

/** Sets global names and returns the function that puts back what was there. */
function lend(globals: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(globals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  return () => {
    for (const [name, descriptor] of before) {
      Reflect.deleteProperty(globalThis, name);
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
  };
}
