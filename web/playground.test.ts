/** The built playground in headless Chromium: heard files, the map, teaching, offline, and nothing asked of another origin. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportStudent } from '../packages/frill-lab/src/export/export-student.js';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { studentConfigSchema } from '../packages/frill-lab/src/models/student-config.js';
import { wavFile } from '../testing/wav.js';

const CHROMIUM = '/usr/bin/chromium';
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const OFFLINE = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

/** A network that was never trained tells a tone from noise all the same. */
async function untrainedModel(): Promise<Uint8Array> {
  const config = studentConfigSchema.parse({
    size: 'tiny',
    width: 0.5,
    pooling: 'gap',
    compression: { kind: 'none' },
    quantization: 'none',
    bottleneck: 32,
    input: 'standardise',
  });
  const weights = initialise(buildStudent(config, { batch: 1, mode: 'inference' }).graph, 'playground');
  return exportStudent({ config, weights, form: 'float32', name: 'untrained', provenance: {} });
}

const RATE = 48_000;
function sound(seconds: number, sample: (n: number) => number): Buffer {
  const samples = Float32Array.from({ length: seconds * RATE }, (_, n) => sample(n));
  return Buffer.from(wavFile({ encoding: 's16', sampleRate: RATE, channels: [samples] }));
}

const canRun = existsSync(CHROMIUM);
const title = canRun ? 'the playground' : 'the playground (skipped: /usr/bin/chromium is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const requests: string[] = [];
  const errors: string[] = [];
  const tone = { name: 'tone.wav', mimeType: 'audio/wav', buffer: sound(4, (n) => 0.5 * Math.sin(n / 9)) };
  const noise = { name: 'noise.wav', mimeType: 'audio/wav', buffer: sound(4, () => Math.random() - 0.5) };

  beforeAll(async () => {
    const out = await mkdtemp(join(tmpdir(), 'frill-web-'));
    const configFile = fileURLToPath(new URL('./vite.config.ts', import.meta.url));
    // The test runner's own mode would leave out the service worker.
    process.env.NODE_ENV = 'production';
    await build({ configFile, logLevel: 'error', build: { outDir: out } });
    await writeFile(join(out, 'model.tflite'), await untrainedModel());
    // Below a path of its own, as on a page of a larger site.
    server = createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://host').pathname.replace(/^\/below/, '');
      const file = join(out, normalize(path.endsWith('/') ? `${path}index.html` : path));
      const body = await readFile(file).catch(() => undefined);
      response.writeHead(body ? 200 : 404, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...OFFLINE] });
    context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    page = await context.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${port}/below/`);
    await page.getByRole('heading', { name: 'Frill playground' }).waitFor();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('hears files, and draws a timeline and a map of their windows', async () => {
    await page.getByLabel('Choose files').setInputFiles([tone, noise]);
    await expect.poll(() => page.locator('.timeline li').count(), { timeout: 30_000 }).toBeGreaterThan(10);
    await expect.poll(() => page.locator('.map circle').count()).toBeGreaterThan(10);
    await page.locator('.timeline button').last().click();
    expect(await page.locator('.timeline [aria-pressed=true]').getAttribute('aria-label')).toMatch(
      /^noise\.wav, .* similarity 1\.00$/,
    );
  });

  it('learns two labels from three examples each, and tells them apart', async () => {
    const windows = page.locator('.timeline button');
    const count = await windows.count();
    const label = page.getByLabel('Label', { exact: true });
    const teach = page.getByRole('button', { name: 'Teach with the selected window' });
    await label.fill('tone');
    for (const index of [0, 1, 2]) {
      await windows.nth(index).click();
      await teach.click();
    }
    await label.fill('hiss');
    for (const index of [1, 2, 3]) {
      await windows.nth(count - index).click();
      await teach.click();
    }
    expect(await page.getByText('tone: 3 examples').count()).toBe(1);
    await page.getByLabel('Choose files').setInputFiles([tone]);
    await expect.poll(() => page.locator('.said').textContent(), { timeout: 30_000 }).toMatch(/^tone/);
    await page.getByLabel('Choose files').setInputFiles([noise]);
    await expect.poll(() => page.locator('.said').textContent(), { timeout: 30_000 }).toMatch(/^hiss/);
  });

  it('saves the head as the library has it', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the head' }).click();
    const saved = JSON.parse(await readFile(await (await download).path(), 'utf8'));
    expect(saved).toMatchObject({ kind: 'frill-head', labels: ['tone', 'hiss'], embeddingSize: 32 });
  });

  it('says what is wrong with a file that is no sound', async () => {
    const text = { name: 'notes.wav', mimeType: 'audio/wav', buffer: Buffer.from('these are my notes') };
    await page.getByLabel('Choose files').setInputFiles([text]);
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/notes\.wav/);
  });

  it('has nothing that an accessibility check objects to, in light and dark', {
    timeout: 180_000,
  }, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    }
  });

  it('works offline after the first visit, and asked no other origin for anything', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await expect
      .poll(() => page.evaluate(async () => (await caches.keys()).length), { timeout: 20_000 })
      .toBe(1);
    await context.setOffline(true);
    await page.reload();
    await page.getByRole('heading', { name: 'Frill playground' }).waitFor({ timeout: 20_000 });
    await context.setOffline(false);
    const origin = new URL(page.url()).origin;
    const elsewhere = requests.filter((url) => !url.startsWith(origin) && !/^(data|blob):/.test(url));
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
  });
});
