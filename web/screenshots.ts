/** Takes the pictures of the pages for docs/images: `npx tsx web/screenshots.ts`. Look at them. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SMALLEST_MODEL } from 'frill-audio';
import type { Page } from 'playwright-core';
import { build, preview } from 'vite';
import { DEFAULT_PROTOCOL } from '../packages/frill-lab/src/bench/latency-protocol.js';
import { measurableModel } from '../packages/frill-lab/src/bench/model-subjects.js';
import { serveBench } from '../packages/frill-lab/src/bench/served/serve-bench.js';
import { silent } from '../packages/frill-lab/src/run/progress.js';
import { launchChromium } from '../testing/package/browser.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PATIENT = { timeout: 240_000 };
const folder = await mkdtemp(join(tmpdir(), 'frill-pictures-'));
const browser = await launchChromium();
const picture = (page: Page, name: string, fullPage: boolean) =>
  page.screenshot({ path: at(`../docs/images/${name}.png`), fullPage });

async function playground(): Promise<void> {
  process.env.NODE_ENV = 'production';
  const config = { configFile: at('vite.config.ts'), logLevel: 'error' as const };
  await build({ ...config, build: { outDir: join(folder, 'site') } });
  const server = await preview({ ...config, build: { outDir: join(folder, 'site') }, preview: { port: 0 } });
  const page = await browser.newPage({ viewport: { width: 960, height: 1000 } });
  await page.goto(server.resolvedUrls?.local[0] ?? '');
  const windows = page.locator('.timeline button');
  const label = page.getByLabel('Label', { exact: true });
  for (const name of ['kettle', 'rain', 'bird', 'knocking']) {
    await page.getByRole('button', { name, exact: true }).click(PATIENT);
    const own = page.locator(`.timeline [aria-label^="${name},"]`);
    await page.waitForFunction(
      (sound) => document.querySelectorAll(`.timeline [aria-label^="${sound},"]`).length > 8,
      name,
      PATIENT,
    );
    if (name === 'knocking') continue;
    await label.fill(name);
    for (const index of [1, 3, 4, 6, 7]) {
      await own.nth(index).click();
      await page.getByRole('button', { name: 'Teach with the selected window' }).click();
    }
  }
  await windows.nth(3).click();
  await page.getByRole('button', { name: 'Arrange by neighbours' }).click();
  await page.getByText('UMAP of all windows').waitFor(PATIENT);
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'playground', true);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, 'playground-phone', true);
  await page.close();
  await server.close();
}

async function device(): Promise<void> {
  const stopping = new AbortController();
  await serveBench({
    models: [await measurableModel(SMALLEST_MODEL)],
    protocol: { ...DEFAULT_PROTOCOL, extraRounds: 0 },
    serveOn: '127.0.0.1:0',
    folder,
    progress: silent,
    signal: stopping.signal,
    onReport: async () => {},
    onListening: async (address) => {
      const page = await browser.newPage({ viewport: { width: 390, height: 720 } });
      await page.goto(address);
      await page.getByLabel('What is this device called?').fill('Pixel 8');
      await picture(page, 'device', false);
      await page.close();
      stopping.abort();
    },
  });
}

await playground();
await device();
await browser.close();
