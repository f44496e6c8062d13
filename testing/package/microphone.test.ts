/** The built device package in Chromium, with a file in the place of the microphone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Embedder, loadEmbedder } from 'frill-audio';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wavFile } from '../wav.js';
import { launchChromium, type PageServer, servePages } from './browser.js';
import { describeInChromium } from './describe-in-chromium.js';
import { ROOT } from './tarball.js';
import { tinyModel } from './tiny-model.js';

const RATE = 44_100;
const SECONDS = 8;
/** Notes that change, so that no two windows are alike. */
const recording = Float32Array.from({ length: SECONDS * RATE }, (_, n) => {
  const note = Math.floor((n / RATE) * 3.3);
  const pitch = 200 + 130 * ((note * 7) % 11);
  return 0.4 * Math.sin((2 * Math.PI * pitch * n) / RATE) * (0.6 + 0.4 * Math.sin(n / 3_000));
});

const FAKE = ['--use-fake-device-for-media-stream'];
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const PAGE = '<!doctype html><title>microphone</title><script type="module" src="/app.js"></script>';
const APP = `import { loadEmbedder } from '/dist/index.js';
const frill = await loadEmbedder('/model.tflite');
const streams = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  streams.push(stream);
  return stream;
};
const listen = async (count, options) => {
  const heard = [];
  for await (const { time, embedding } of frill.microphone(options)) {
    heard.push({ time, embedding: [...embedding] });
    document.documentElement.dataset.state = 'hears';
    if (heard.length === count) break;
  }
  return { heard, state: streams.at(-1).getAudioTracks()[0].readyState, settings: streams.at(-1).getAudioTracks()[0].getSettings() };
};
const failure = (promise) => promise.then(() => 'nothing failed', ({ name, message }) => name + ': ' + message);
const unplug = () => streams.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'));
Object.assign(globalThis, { listen, failure, unplug, streams });
document.documentElement.dataset.state = 'ready';
`;
/** Under a policy against evaluation, a test cannot ask a page for anything: this one says it by itself. */
const STRICT_APP = `import '/app.js';
const refused = await failure(listen(1));
const left = streams.at(-1).getAudioTracks()[0].readyState;
const { heard } = await listen(2, { worklet: '/worklets/microphone.js' });
document.body.textContent = JSON.stringify({ refused, left, windows: heard.length });
document.documentElement.dataset.state = 'done';
`;

interface Heard {
  readonly heard: readonly { readonly time: number; readonly embedding: readonly number[] }[];
  readonly state: string;
  readonly settings: MediaTrackSettings;
}

describeInChromium('the microphone, in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let server: PageServer;
  let embedder: Embedder;
  let model: Uint8Array;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-microphone-'));
    const file = join(folder, 'recording.wav');
    await writeFile(file, wavFile({ encoding: 's16', sampleRate: RATE, channels: [recording] }));
    model = await tinyModel();
    embedder = await loadEmbedder(model);
    server = await serve({});
    browser = await launchChromium([
      ...FAKE,
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}%noloop`,
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    embedder?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const serve = (headers: Record<string, string>) =>
    servePages(
      [join(ROOT, 'packages/frill-audio')],
      {
        '/': PAGE,
        '/app.js': APP,
        '/strict.html': PAGE.replace('app.js', 'strict.js'),
        '/strict.js': STRICT_APP,
        '/model.tflite': model,
      },
      headers,
    );

  async function open(of: Browser, at: PageServer): Promise<Page> {
    const page = await of.newPage();
    await page.goto(`${at.origin}/`);
    await page.waitForSelector('html[data-state]', { state: 'attached' });
    return page;
  }

  it('hears what the file holds, with nothing changed by the browser, and is turned off after the loop', {
    retry: 4,
  }, async ({ skip }) => {
    // The recording is played in real time: on a busy machine blocks of it are lost before they reach the page.
    skip(loadavg()[0] > availableParallelism() / 2, 'the machine is too busy to hear in real time');
    const page = await open(browser, server);
    const { heard, state, settings } = await page.evaluate<Heard>('listen(12)');
    await page.close();
    expect(heard.map(({ time }) => time)).toEqual(heard.map((_, i) => expect.closeTo(0.4875 + 0.17 * i, 6)));
    expect(state).toBe('ended');
    expect(settings).toMatchObject({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    });
    // The device does not say where in the file it begins: the best place is looked for, then to the millisecond.
    const likeness = async (offset: number) => {
      const from = recording.subarray(Math.round(offset * RATE), Math.round((offset + 2.9) * RATE));
      const { windows } = await embedder.embed(from, { sampleRate: RATE });
      const size = embedder.embeddingSize;
      const there = heard.flatMap(({ embedding }) => embedding);
      return cosine(changes(there, size), changes([...windows.subarray(0, there.length)], size));
    };
    let [best, place] = [-1, 0];
    const look = async (from: number, to: number, step: number) => {
      for (let offset = Math.max(0, from); offset < to; offset += step) {
        const found = await likeness(offset);
        if (found > best) [best, place] = [found, offset];
      }
    };
    await look(0, 2, 0.02);
    await look(place - 0.02, place + 0.02, 0.001);
    expect(best).toBeGreaterThan(0.99);
    expect(await likeness(place + 0.3)).toBeLessThan(0.9);
  });

  it('says that it was unplugged', async () => {
    const page = await open(browser, server);
    const failing = page.evaluate<string>('failure(listen(1_000))');
    await page.waitForSelector('html[data-state=hears]', { state: 'attached' });
    await page.evaluate('unplug()');
    expect(await failing).toMatch(/^AudioError: microphone: the microphone is gone/);
    await page.close();
  });

  it('runs under a strict policy from an address of the page, and says so where it is missing', async () => {
    const strict = await serve({ 'content-security-policy': STRICT });
    const page = await browser.newPage();
    await page.goto(`${strict.origin}/strict.html`);
    await page.waitForSelector('html[data-state=done]', { state: 'attached' });
    const said: unknown = JSON.parse((await page.textContent('body')) ?? '');
    expect(said).toEqual({
      refused: expect.stringMatching(/cannot be loaded from a blob.*`worklet`/),
      left: 'ended',
      windows: 2,
    });
    await page.close();
    strict.close();
  });

  it('says that permission was refused', async () => {
    const denying = await launchChromium([...FAKE, '--use-fake-ui-for-media-stream=deny']);
    const page = await open(denying, server);
    expect(await page.evaluate<string>('failure(listen(1))')).toMatch(
      /^AudioError: microphone: permission was refused/,
    );
    await denying.close();
  });
});

/** What of embeddings [T, size] changes from window to window: untrained, they have much in common. */
function changes(embeddings: readonly number[], size: number): number[] {
  const count = embeddings.length / size;
  const mean = Array.from({ length: size }, (_, i) =>
    embeddings.reduce((sum, value, at) => sum + (at % size === i ? value / count : 0), 0),
  );
  return embeddings.map((value, at) => value - mean[at % size]);
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sum = (of: (i: number) => number) => Array.from(a, (_, i) => of(i)).reduce((x, y) => x + y, 0);
  return sum((i) => a[i] * b[i]) / Math.sqrt(sum((i) => a[i] ** 2) * sum((i) => b[i] ** 2));
}
