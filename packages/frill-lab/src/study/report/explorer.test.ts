/** The report's explorer in headless Chromium, opened from disk as a reader would. */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { writeReport } from './write-report.js';

const CHROMIUM = '/usr/bin/chromium';
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const OFFLINE = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

const canRun = existsSync(CHROMIUM);
const title = canRun ? 'in Chromium' : 'in Chromium (skipped: /usr/bin/chromium is absent)';
(canRun ? describe : describe.skip)(title, () => {
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const errors: string[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frill-explorer-'));
    const results = exampleResults('grid');
    const { latency } = results;
    if (!latency) throw new Error('the example has latencies');
    // A phone on which flattening costs nothing and average pooling a lot: another frontier.
    const models = latency.models.map((model) => ({
      ...model,
      medianMs: model.name.includes('gap') ? 10 * model.medianMs : model.medianMs,
    }));
    const otherDevices = [{ device: 'A phone', latency: { ...latency, models } }];
    const { page: path } = await writeReport({ ...results, otherDevices }, folder);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...OFFLINE] });
    page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
  }, 120_000);
  afterAll(() => browser?.close());

  const marks = () => page.locator('#explorer .student').count();
  const members = () =>
    page
      .locator('#explorer tbody tr td:first-child')
      .evaluateAll((cells) => cells.map((one) => one.textContent));

  it('draws every student, and the frontier of the report', async () => {
    expect(errors).toEqual([]);
    expect(await marks()).toBe(144);
    expect((await members()).length).toBeGreaterThan(3);
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
  });

  it('tells of a student under the pointer, and under the keyboard', async () => {
    const mark = page.locator('#explorer .student.member').last();
    await mark.hover({ force: true });
    await expect.poll(() => page.locator('.tip').isVisible()).toBe(true);
    const told = await page.locator('.tip').textContent();
    expect(told).toMatch(/^(tiny|small|large)-.*: \d+\.\d %, .* ms, .* MiB$/);
    await page.mouse.move(0, 0);
    await mark.focus();
    expect(await page.locator('.tip').textContent()).toBe(told);
    expect(await mark.getAttribute('aria-label')).toBe(told);
  });

  it('filters, and redraws the frontier of what is left', async () => {
    await page.getByLabel('large', { exact: true }).uncheck();
    await page.getByLabel('flattened', { exact: true }).uncheck();
    expect(await marks()).toBe(48);
    expect((await members()).every((name) => name?.includes('gap') && !name.startsWith('large'))).toBe(true);
    await page.getByLabel('large', { exact: true }).check();
    await page.getByLabel('flattened', { exact: true }).check();
    expect(await marks()).toBe(144);
  });

  it('redraws for another device, another task and a limit', async () => {
    const before = await members();
    await page.getByLabel('Latency on').selectOption('A phone');
    const onPhone = await members();
    expect(onPhone).not.toEqual(before);
    await page.getByLabel('At most, ms').fill('1.5');
    expect(await marks()).toBeLessThan(144);
    await page.getByLabel('At most, ms').fill('');
    await page.getByLabel('Quality on').selectOption({ index: 2 });
    expect(await page.locator('#explorer svg').textContent()).toContain('Emotion');
    await page.getByLabel('At most, ms').fill('0.000001');
    expect(await page.locator('#explorer [role=status]').textContent()).toMatch(/No student passes/);
    expect(errors).toEqual([]);
  });
});
