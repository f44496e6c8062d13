/**
 * The packed device package in the hands of bundlers, and without one: each result is opened in Chromium, embeds as Node
 * does, and asks nobody but its own origin for anything.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadEmbedder } from 'frill-audio';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, servePages } from './browser.js';
import { BUNDLERS } from './bundlers.js';
import { describeInChromium } from './describe-in-chromium.js';
import { pack, unpack } from './tarball.js';
import { tinyModel } from './tiny-model.js';

const RATE = 44_100;
const clip = Float32Array.from({ length: 2 * RATE }, (_, n) => 0.4 * Math.sin(n / 30) * Math.sin(n / 9_000));

/** What a user writes. */
const APP = `import { loadEmbedder } from 'frill-audio';

const clip = Float32Array.from({ length: 2 * ${RATE} }, (_, n) => 0.4 * Math.sin(n / 30) * Math.sin(n / 9_000));
const frill = await loadEmbedder('/model.tflite');
const { windows, times } = await frill.embed(clip, { sampleRate: ${RATE} });
globalThis.found = { windows: [...windows], times };
`;
const PAGE = '<!doctype html><title>frill</title><script type="module" src="main.js"></script>';
/** The same with the model that is in the package, as a file beside the script, and inside it. */
const BESIDE = APP.replace("'/model.tflite'", '');
const INSIDE = `import { smallestModel } from 'frill-audio/model';\n${APP.replace("'/model.tflite'", 'smallestModel()')}`;
/** Which of the two each bundler carries with its defaults. */
const PACKAGED: Readonly<Record<string, string>> = {
  vite: BESIDE,
  webpack: BESIDE,
  esbuild: INSIDE,
  rollup: INSIDE,
};

/** Bare names resolve by an import map, so that nothing stands between the package and the browser. */
const IMPORT_MAP = JSON.stringify({
  imports: {
    'frill-audio': '/node_modules/frill-audio/dist/index.js',
  },
});

interface Found {
  readonly windows: number[];
  readonly times: number[];
}

describeInChromium('in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let model: Uint8Array;
  let expected: Found;
  let expectedOfPackaged: Found;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-bundles-'));
    await unpack(await pack('frill-audio', folder), 'frill-audio', folder);
    model = await tinyModel();
    expected = await embedded(model);
    expectedOfPackaged = await embedded();
    browser = await launchChromium();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens the page of a folder, and compares. */
  async function embedsThere(served: string, page: string, expected: Found): Promise<void> {
    const server = await servePages([served, folder], { '/': page, '/model.tflite': model });
    const tab = await browser.newPage();
    const elsewhere: string[] = [];
    tab.on('request', (request) => {
      if (!request.url().startsWith(server.origin)) elsewhere.push(request.url());
    });
    const problems: string[] = [];
    tab.on('pageerror', ({ message }) => problems.push(message));
    try {
      await tab.goto(`${server.origin}/`);
      const ends = [
        tab.waitForFunction('globalThis.found', undefined, { timeout: 20_000 }),
        tab.waitForEvent('pageerror'),
      ];
      await Promise.race(ends.map((end) => end.catch(() => {})));
      if (problems.length > 0) throw new Error(problems.join('; '));
      const { times, windows } = await tab.evaluate<Found>('globalThis.found');
      expect(times).toEqual(expected.times);
      expect(cosine(windows, expected.windows)).toBeGreaterThanOrEqual(0.9999);
      expect(elsewhere).toEqual([]);
    } finally {
      await tab.close();
      server.close();
    }
  }

  it.each(Object.entries(BUNDLERS))(
    'built by %s, in under 120 KB compressed, without a warning',
    async (name, bundle) => {
      const app = join(folder, name);
      await mkdir(app);
      await writeFile(join(app, 'main.js'), APP);
      expect(await bundle(app)).toEqual([]);
      const dist = join(app, 'dist');
      const built = await readdir(dist, { recursive: true });
      let bytes = 0;
      for (const file of built.filter((path) => path.endsWith('.js')))
        bytes += gzipSync(await readFile(join(dist, file))).length;
      expect(bytes).toBeLessThan(120_000);
      await embedsThere(dist, PAGE, expected);
    },
  );

  it.each(Object.entries(BUNDLERS))('built by %s with the model of the package', async (name, bundle) => {
    const app = join(folder, `${name}-packaged`);
    await mkdir(app);
    await writeFile(join(app, 'main.js'), PACKAGED[name]);
    const warnings = await bundle(app);
    // A module of more than a megabyte is what was asked for, where it is inside.
    if (PACKAGED[name] === BESIDE) expect(warnings).toEqual([]);
    await embedsThere(join(app, 'dist'), PAGE, expectedOfPackaged);
  });

  it('built by Rollup, which leaves the model behind, it says how to take it along', async () => {
    const app = join(folder, 'rollup-beside');
    await mkdir(app);
    await writeFile(join(app, 'main.js'), BESIDE);
    await BUNDLERS.rollup(app);
    await expect(embedsThere(join(app, 'dist'), PAGE, expectedOfPackaged)).rejects.toThrow(
      /frill-audio\/model/,
    );
  });

  it('as modules, by an import map', async () => {
    const page = `<!doctype html><script type="importmap">${IMPORT_MAP}</script><script type="module">${APP}</script>`;
    await embedsThere(folder, page, expected);
    await embedsThere(folder, page.replace(APP, BESIDE), expectedOfPackaged);
  });
});

/** In Node, by the file's bytes or, without them, by the model of the package. */
async function embedded(bytes?: Uint8Array): Promise<Found> {
  const embedder = await loadEmbedder(bytes);
  const { windows, times } = await embedder.embed(clip, { sampleRate: RATE });
  embedder.close();
  return { windows: [...windows], times };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const sum = (of: (i: number) => number) => a.reduce((total, _, i) => total + of(i), 0);
  return sum((i) => a[i] * b[i]) / Math.sqrt(sum((i) => a[i] ** 2) * sum((i) => b[i] ** 2));
}
