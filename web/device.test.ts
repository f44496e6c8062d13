/** The page that measures a device, in headless Chromium against the server that a laboratory starts. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type LatencyProtocol, protocolSchema } from '../packages/frill-lab/src/bench/latency-protocol.js';
import { type LatencyReport, latencyReportSchema } from '../packages/frill-lab/src/bench/latency-report.js';
import { type MeasurableModel, measurableModel } from '../packages/frill-lab/src/bench/model-subjects.js';
import { serveBench } from '../packages/frill-lab/src/bench/served/serve-bench.js';
import { launchChromium } from '../testing/package/browser.js';
import { describeInChromium } from '../testing/package/describe-in-chromium.js';
import { tinyModel } from '../testing/package/tiny-model.js';

const quick: LatencyProtocol = protocolSchema.parse({
  rounds: 2,
  runsPerRound: 3,
  secondsPerRound: 0.02,
  settlingRuns: 1,
  warmupSeconds: 0.05,
  warmupLimitSeconds: 0.1,
  extraRounds: 0,
  patience: 0.1,
});

describeInChromium('a device that measures', () => {
  let folder: string;
  let page: string;
  let browser: Browser;
  let context: BrowserContext;
  let tab: Page;
  let models: MeasurableModel[];
  const errors: string[] = [];
  const requests: string[] = [];

  /** A server with its address, what it said, and the reports that it took. */
  interface Served {
    readonly address: string;
    readonly said: string[];
    readonly reports: LatencyReport[];
    readonly files: string;
    stop(): Promise<void>;
  }
  const running: Served[] = [];

  async function serve(protocol: LatencyProtocol, measured = models): Promise<Served> {
    const stopping = new AbortController();
    const said: string[] = [];
    const reports: LatencyReport[] = [];
    const files = await mkdtemp(join(folder, 'devices-'));
    let ended: Promise<void> = Promise.resolve();
    const address = await new Promise<string>((resolve, reject) => {
      ended = serveBench({
        models: measured,
        protocol,
        serveOn: '127.0.0.1:0',
        folder: files,
        page,
        signal: stopping.signal,
        progress: { start: () => ({ advance() {}, finish() {} }), say: (line) => said.push(line) },
        onListening: resolve,
        onReport: async (report) => void reports.push(report),
      });
      ended.catch(reject);
    });
    const served = {
      address: address.replace('127.0.0.1', 'localhost'),
      said,
      reports,
      files,
      stop: () => {
        stopping.abort();
        return ended;
      },
    };
    running.push(served);
    return served;
  }

  async function open(address: string): Promise<Page> {
    const opened = await context.newPage();
    opened.on('pageerror', (error) => errors.push(error.message));
    opened.on('request', (request) => requests.push(request.url()));
    await opened.goto(address);
    await opened.getByRole('heading', { name: 'Measure this device' }).waitFor();
    return opened;
  }

  const roundsOf = async ({ files }: Served) => {
    const names = await readdir(join(files, 'rounds')).catch((): string[] => []);
    return names;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-device-'));
    page = join(folder, 'page');
    process.env.NODE_ENV = 'production';
    const configFile = fileURLToPath(new URL('./vite.device.config.ts', import.meta.url));
    await build({ configFile, logLevel: 'error', build: { outDir: page } });
    const path = join(folder, 'tiny.tflite');
    await writeFile(path, await tinyModel());
    models = [
      await measurableModel(path, { engine: 'frill' }),
      await measurableModel(path, { engine: 'litert', name: 'tiny-in-litert' }),
    ];
    browser = await launchChromium();
    context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  }, 180_000);
  afterEach(async () => {
    await tab?.close();
    for (const served of running.splice(0)) await served.stop();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('opens the address, measures in both engines, and sends what it found', {
    timeout: 240_000,
  }, async () => {
    const served = await serve(quick);
    expect(served.said.join('\n')).toMatch(
      /Open this address.*http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/\n.*[█▀▄]/s,
    );
    tab = await open(served.address);
    await tab.getByLabel('What is this device called?').fill('Test phone');
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.emulateMedia({ colorScheme });
      expect((await new AxeBuilder({ page: tab }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    }
    await tab.getByRole('button', { name: 'Start' }).click();
    await tab.getByRole('heading', { name: 'Done, and sent' }).waitFor({ timeout: 180_000 });
    const [report] = served.reports.map((found) => latencyReportSchema.parse(found));
    expect(report.device).toMatchObject({ name: 'Test phone', cores: expect.any(Number) });
    expect(report.device.host).toMatch(/^Chrom\w+ \d+$/);
    expect(report.models.map(({ name, path, engine }) => [name, path, engine])).toEqual([
      ['tiny', 'model', 'frill'],
      ['tiny', 'audio-to-embedding', 'frill'],
      ['tiny-in-litert', 'model', 'litert'],
      ['tiny-in-litert', 'audio-to-embedding', 'litert'],
    ]);
    for (const { rounds, medianMs } of report.models) {
      expect(rounds).toHaveLength(quick.rounds);
      expect(medianMs).toBeGreaterThan(0);
    }
    // A browser's clock is coarse: samples are made long beside its step.
    expect(report.protocol.shortestSampleMs).toBeGreaterThan(0);
    await expect.poll(() => tab.locator('tbody tr').count()).toBe(4);
    const { violations } = await new AxeBuilder({ page: tab }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    const elsewhere = requests.filter((url) => !url.startsWith(served.address) && !/^(data|blob):/.test(url));
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('breaks off, comes back, and goes on where it was', { timeout: 240_000 }, async () => {
    const served = await serve({ ...quick, rounds: 12, secondsPerRound: 0.2 }, models.slice(0, 1));
    tab = await open(served.address);
    await tab.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => roundsOf(served), { timeout: 120_000 }).toHaveLength(1);
    // In the background it stops by itself, and in front again it goes on.
    const setHidden = (hidden: boolean) =>
      tab.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await setHidden(true);
    await tab.getByText('Paused').waitFor();
    await setHidden(false);
    await tab.getByRole('heading', { name: 'Measuring' }).waitFor();
    await tab.close();
    expect(served.reports).toEqual([]);
    const [file] = await roundsOf(served);
    tab = await open(served.address);
    await tab.getByRole('button', { name: 'Go on' }).click();
    await tab.getByRole('heading', { name: 'Done, and sent' }).waitFor({ timeout: 180_000 });
    // It is known again: its rounds are in one file, and it measured none of them twice.
    expect(await roundsOf(served)).toEqual([file]);
    expect(served.said.join('\n')).toMatch(/36 of 36 measurements/);
    expect(served.reports[0].models[0].rounds).toHaveLength(12);
  });

  it('cannot send nonsense, and nothing of it is kept', { timeout: 60_000 }, async () => {
    const served = await serve(quick);
    const task = await (await fetch(`${served.address}task`)).json();
    const device = 'ab'.repeat(16);
    const post = (path: string, body: string, id = device) =>
      fetch(`${served.address}devices/${id}/${path}`, { method: 'POST', body });
    const round = {
      measurement: task.measurement,
      entry: 0,
      round: 0,
      reloadMs: 1,
      samples: [1, 1.1],
      machine: { referenceMs: 1, othersCores: 0, stolen: 0 },
    };
    const bad: [string, string, RegExp][] = [
      ['rounds', 'so fast!', /no JSON/],
      ['rounds', '{}', /measurement/],
      ['rounds', JSON.stringify({ ...round, more: 1 }), /more/],
      ['rounds', JSON.stringify({ ...round, measurement: 'another' }), /another measurement/],
      ['rounds', JSON.stringify({ ...round, entry: 99 }), /no entry 99/],
      ['rounds', JSON.stringify({ ...round, round: 2 }), /no round 2/],
      ['rounds', JSON.stringify({ ...round, samples: [-1] }), /no times/],
      ['report', JSON.stringify({ started: 'now' }), /seconds/],
      ['report', '"<script>"', /./],
    ];
    for (const [path, body, reason] of bad) {
      const response = await post(path, body);
      expect([response.status, body]).toEqual([400, body]);
      expect(await response.text()).toMatch(reason);
    }
    const huge = JSON.stringify({ ...round, samples: Array.from({ length: 600_000 }, () => 1) });
    expect(
      await post('rounds', huge).then(
        ({ status }) => status,
        () => 'cut off',
      ),
    ).not.toBe(204);
    expect((await post('rounds', JSON.stringify(round), '../../x')).status).toBe(404);
    expect(await roundsOf(served)).toEqual([]);
    expect(served.reports).toEqual([]);
    expect(served.said.filter((line) => line.includes('refused')).length).toBeGreaterThanOrEqual(bad.length);
    // What is right is taken, once.
    for (let i = 0; i < 2; i++) expect((await post('rounds', JSON.stringify(round))).status).toBe(204);
    expect(await (await fetch(`${served.address}devices/${device}/rounds`)).json()).toHaveLength(1);
  });

  it('gets nothing without the token, and nothing but the page and the models with it', async () => {
    const { address } = await serve(quick);
    const origin = new URL(address).origin;
    const wrong = `${origin}/${'0'.repeat(32)}/`;
    const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
    for (const path of ['', 'task', `models/${models[0].content}`, `devices/${'a'.repeat(32)}/rounds`])
      expect([path, await status(wrong + path)]).toEqual([path, 404]);
    expect(await status(`${origin}/`)).toBe(404);
    expect(await status(address)).toBe(200);
    expect(await status(`${address}models/${models[0].content}`)).toBe(200);
    for (const path of [
      'server.json',
      'models/0123456789abcdef',
      '..%2f..%2fpackage.json',
      'assets/',
      'tiny.tflite',
    ])
      expect([path, await status(address + path)]).toEqual([path, 404]);
    expect(await status(`${address}task`, { method: 'PUT', body: '{}' })).toBe(405);
    expect(await status(`${address}task`, { method: 'POST', body: '{}' })).toBe(405);
  });
});
