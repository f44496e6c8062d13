/** The built device package in headless Chromium: a page embeds as Node does. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEmbedder } from 'frill-audio';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialise } from '../models/initialise.js';
import { buildStudent } from '../models/student.js';
import type { StudentConfig } from '../models/student-config.js';
import { exportStudent } from './export-student.js';

const CHROMIUM = '/usr/bin/chromium';
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const OFFLINE = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

const CONFIG: StudentConfig = {
  size: 'tiny',
  width: 0.5,
  pooling: 'gap',
  compression: { kind: 'none' },
  quantization: 'none',
  bottleneck: 24,
  input: 'standardise',
};
const RATE = 44_100;
const clip = Array.from({ length: 2 * RATE }, (_, n) => 0.4 * Math.sin(n / 30) * Math.sin(n / 9_000));

const MIME: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

const PAGE = `<!doctype html><title>frill</title>
<body><script>
const embed = async (clip, sampleRate) => {
  const { loadEmbedder } = await import('/packages/frill-audio/dist/index.js');
  const embedder = await loadEmbedder('/model.tflite');
  const { windows, times } = await embedder.embed(Float32Array.from(clip), { sampleRate });
  return { windows: [...windows], times };
};
</script>`;

const canRun = existsSync(CHROMIUM);
const title = canRun ? 'in Chromium' : 'in Chromium (skipped: /usr/bin/chromium is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let server: Server;
  let origin: string;
  let browser: Browser;
  let model: Uint8Array;
  beforeAll(async () => {
    const weights = initialise(buildStudent(CONFIG, { batch: 1, mode: 'inference' }).graph, 'browser');
    model = await exportStudent({
      config: CONFIG,
      weights,
      form: 'float32',
      name: 'browser',
      provenance: {},
    });
    server = createServer(async ({ url = '/' }, response) => {
      const path = normalize(new URL(url, 'http://localhost').pathname);
      if (path === '/') return response.setHeader('content-type', 'text/html').end(PAGE);
      if (path === '/model.tflite') return response.end(model);
      const file = await readFile(join(ROOT, path)).catch(() => undefined);
      response.statusCode = file ? 200 : 404;
      response.setHeader('content-type', MIME[extname(path)] ?? 'application/octet-stream').end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    origin = `http://127.0.0.1:${address.port}/`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...OFFLINE] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('a page embeds as Node does', async () => {
    const page = await browser.newPage();
    await page.goto(origin);
    const found = await page.evaluate<{ windows: number[]; times: number[] }>(
      `embed(${JSON.stringify(clip)}, ${RATE})`,
    );
    const embedder = await loadEmbedder(model);
    const expected = await embedder.embed(Float32Array.from(clip), { sampleRate: RATE });
    embedder.close();
    expect(found.times).toEqual(expected.times);
    expect(cosine(found.windows, expected.windows)).toBeGreaterThanOrEqual(0.9999);
  });
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const sum = (of: (i: number) => number) => Array.from(a, (_, i) => of(i)).reduce((x, y) => x + y, 0);
  return sum((i) => a[i] * b[i]) / Math.sqrt(sum((i) => a[i] ** 2) * sum((i) => b[i] ** 2));
}
