/** The device package in an AudioWorklet and in a module worker of Chromium, where there is neither `document` nor, in the first, `fetch`. */
import { gzipSync } from 'node:zlib';
import { loadEmbedder } from 'frill-audio';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, servePages } from './browser.js';
import { bundled } from './bundled.js';
import { describeInChromium } from './describe-in-chromium.js';
import { ROOT } from './tarball.js';
import { tinyModel } from './tiny-model.js';

const clip = Float32Array.from({ length: 32_000 }, (_, n) => 0.4 * Math.sin(n / 30) * Math.sin(n / 9_000));

const EMBED = `import { loadEmbedder } from 'frill-audio';
async function embed({ model, clip }) {
  const frill = await loadEmbedder(model);
  const { windows } = await frill.embed(clip, { sampleRate: 16000 });
  return { engine: frill.engine, windows: [...windows] };
}
const answer = (work) => embed(work).catch((error) => ({ error: String(error.stack) }));
`;
const WORKLET = `${EMBED}
class Embed extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    answer(processorOptions).then((found) => this.port.postMessage(found));
  }
  process() { return true; }
}
registerProcessor('embed', Embed);`;
const WORKER = `${EMBED}
onmessage = async ({ data }) => postMessage(await answer(data));`;

/** Both run in the page. */
const IN_WORKLET = `async (work) => {
  const context = new AudioContext();
  await context.audioWorklet.addModule('/worklet.js');
  const node = new AudioWorkletNode(context, 'embed', { processorOptions: work });
  node.connect(context.destination);
  return new Promise((resolve) => { node.port.onmessage = ({ data }) => resolve(data); });
}`;
const IN_WORKER = `async (work) => {
  const worker = new Worker('/worker.js', { type: 'module' });
  return new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); worker.postMessage(work); });
}`;

describeInChromium('in Chromium', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof servePages>>;
  let expected: Float32Array;
  beforeAll(async () => {
    const model = await tinyModel();
    const embedder = await loadEmbedder(model);
    expected = (await embedder.embed(clip, { sampleRate: 16_000 })).windows;
    embedder.close();
    const files = {
      '/': '<!doctype html><title>frill</title>',
      '/model.tflite': model,
      '/worklet.js': await bundled(WORKLET, ROOT),
      '/worker.js': await bundled(WORKER, ROOT),
    };
    server = await servePages([], files);
    browser = await launchChromium(['--autoplay-policy=no-user-gesture-required']);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each([
    ['an AudioWorklet', IN_WORKLET],
    ['a module worker', IN_WORKER],
  ])('embeds in %s as in Node', async (_, run) => {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    const found = await page.evaluate<{ error?: string; engine: string; windows: number[] }>(
      `fetch('/model.tflite').then(async (response) => (${run})({
        model: new Uint8Array(await response.arrayBuffer()),
        clip: Float32Array.from(${JSON.stringify([...clip])}),
      }))`,
    );
    await page.close();
    expect(found.error).toBeUndefined();
    expect(found.engine).toBe('frill');
    expect(found.windows).toHaveLength(expected.length);
    const scale = Math.max(...expected.map(Math.abs));
    for (const [i, value] of expected.entries())
      expect(Math.abs(found.windows[i] - value) / scale).toBeLessThan(1e-4);
  });
});

it('has an engine of less than 60 KB compressed, kernels included', async () => {
  const engine = await bundled(
    "export { openInEngine } from './packages/frill-audio/dist/engine/engine.js';",
    ROOT,
  );
  expect(gzipSync(engine).length).toBeLessThan(60_000);
});
