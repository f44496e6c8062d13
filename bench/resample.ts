/**
 * The resampler against speexdsp and libsamplerate, both C compiled to WebAssembly, at their best quality and at a middle
 * one; in Chromium too, against the browser's own. Quality is what is left of a tone in the pass band, and of one that would
 * fold back.
 */
import { fileURLToPath } from 'node:url';
import libsamplerateJs from '@alexanderolsen/libsamplerate-js';
import loadSpeex from '@echogarden/speex-resampler-wasm/simd';
import { build } from 'esbuild';
import { resample as resampleFrill } from '../packages/frill-audio/src/audio/resample/resample.js';
import { CHROMIUM, hasChromium, launchChromium } from '../testing/package/browser.js';
import type { Benchmark, BenchTable } from './table.js';

const TO = 16_000;
const RATES = [48_000, 44_100, 8_000, 11_025, 22_050, 32_000, 96_000, 22_255] as const;
const SECONDS = 10;
const ROUNDS = 15;
/** In Hz: the end of the pass band of 48 kHz to 16 kHz, and a tone that the result cannot hold. */
const PASSED = 7_000;
const FOLDED = 9_000;
/** The module is CommonJS: its names are found at run time alone. */
const { ConverterType, create } = libsamplerateJs;

type Resample = (samples: Float32Array, from: number) => Float32Array;

interface Subject {
  readonly name: string;
  readonly run: Resample;
}

export const resample: Benchmark = {
  name: 'resample',
  summary: 'sample-rate conversion to 16 kHz, against speexdsp and libsamplerate',
  run: resampleBench,
};

async function resampleBench(): Promise<BenchTable> {
  const subjects: readonly Subject[] = [
    { name: 'Frill', run: (samples, from) => resampleFrill(samples, from, TO) },
    await speex(10),
    await speex(4),
    await libsamplerate('SRC_SINC_BEST_QUALITY'),
    await libsamplerate('SRC_SINC_MEDIUM_QUALITY'),
  ];
  const speeds = subjects.map(() => new Map<number, number>());
  for (const rate of RATES) {
    const samples = noise(SECONDS * rate);
    const took = subjects.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, { run }] of subjects.entries()) {
        const start = performance.now();
        run(samples, rate);
        took[index].push(performance.now() - start);
      }
    // The first third warms the engine up.
    for (const [index, all] of took.entries())
      speeds[index].set(rate, (SECONDS * 1000) / median(all.slice(ROUNDS / 3)));
  }
  const rows = subjects.map(({ name, run }, index) => [
    name,
    ...RATES.map((rate) => speeds[index].get(rate) ?? Number.NaN),
    levelOf(run, PASSED),
    levelOf(run, FOLDED),
  ]);
  return {
    title: `Resampling to ${TO / 1000} kHz, one core, in times real time`,
    columns: ['implementation', ...RATES.map((rate) => `${rate} Hz`), '7 kHz kept, dB', '9 kHz left, dB'],
    rows: [...rows, ...(await inChromium())],
    notes: [
      `${SECONDS} s of noise at a time, median of ${ROUNDS - ROUNDS / 3} interleaved rounds, the interpreter's time included`,
      'levels are of a tone at 48 kHz, of its level before; without a value: not measured',
    ],
  };
}

async function speex(quality: number): Promise<Subject> {
  const module = await loadSpeex();
  const most = SECONDS * Math.max(...RATES);
  const input = module._malloc(4 * most);
  const output = module._malloc(4 * (SECONDS * TO + 1));
  const lengths = module._malloc(8);
  const states = new Map<number, number>();
  return {
    name: `speexdsp (WASM SIMD), quality ${quality}`,
    run: (samples, from) => {
      const state = states.get(from) ?? module._speex_resampler_init(1, from, TO, quality, lengths);
      states.set(from, state);
      module._speex_resampler_reset_mem(state);
      module.HEAPF32.set(samples, input / 4);
      module.HEAP32.set([samples.length, SECONDS * TO], lengths / 4);
      module._speex_resampler_process_float(state, 0, input, lengths, output, lengths + 4);
      return module.HEAPF32.slice(output / 4, output / 4 + module.HEAP32[lengths / 4 + 1]);
    },
  };
}

async function libsamplerate(type: keyof typeof ConverterType): Promise<Subject> {
  const converters = new Map<number, Awaited<ReturnType<typeof create>>>();
  for (const rate of RATES)
    converters.set(rate, await create(1, rate, TO, { converterType: ConverterType[type] }));
  return {
    name: `libsamplerate (WASM), ${type.replace('SRC_SINC_', '').replaceAll('_', ' ').toLowerCase()}`,
    run: (samples, from) => {
      const converted = converters.get(from)?.simple(samples);
      if (converted === undefined) throw new Error(`no converter for ${from} Hz`);
      return converted;
    },
  };
}

/** Frill, and the browser's own resampler, in a page. */
async function inChromium(): Promise<(string | number)[][]> {
  const names = ['Frill in Chromium', 'OfflineAudioContext in Chromium'];
  if (!hasChromium) return names.map((name) => [`${name}: ${CHROMIUM} is absent`]);
  const entry = fileURLToPath(
    new URL('../packages/frill-audio/src/audio/resample/resample.ts', import.meta.url),
  );
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'frill',
    write: false,
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0].text });
    const speeds = await page.evaluate<number[][]>(
      `(${measureInPage})(${JSON.stringify([RATES, SECONDS, ROUNDS, TO])})`,
    );
    return names.map((name, index) => [name, ...speeds.map((pair) => pair[index])]);
  } finally {
    await browser.close();
  }
}

/** Runs in the page, where the bundle is `frill`: for each rate how many times real time both are. */
const measureInPage = `async ([rates, seconds, rounds, to]) => {
  const median = (all) => all.slice(rounds / 3).sort((a, b) => a - b)[Math.floor(rounds / 3)];
  const speeds = [];
  // V8 compiles WebAssembly a second time while it runs.
  const warm = new Float32Array(seconds * rates[0]);
  for (const end = performance.now() + 1000; performance.now() < end; ) frill.resample(warm, rates[0], to);
  for (const rate of rates) {
    const samples = Float32Array.from({ length: seconds * rate }, () => Math.random() - 0.5);
    const took = [[], []];
    for (let round = 0; round < rounds; round++) {
      let start = performance.now();
      frill.resample(samples, rate, to);
      took[0].push(performance.now() - start);
      const context = new OfflineAudioContext(1, seconds * to, to);
      const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate });
      buffer.copyToChannel(samples, 0);
      const node = new AudioBufferSourceNode(context, { buffer });
      node.connect(context.destination);
      node.start();
      start = performance.now();
      await context.startRendering();
      took[1].push(performance.now() - start);
    }
    speeds.push(took.map((all) => (seconds * 1000) / median(all)));
  }
  return speeds;
}`;

/** Level of a tone at 48 kHz after conversion, in dB of what it was; its ends left out. */
function levelOf(run: Resample, frequency: number): number {
  const rate = 48_000;
  const tone = Float32Array.from({ length: SECONDS * rate }, (_, n) =>
    Math.sin((2 * Math.PI * frequency * n) / rate),
  );
  return 10 * Math.log10(power(run(tone, rate).subarray(TO, -TO)) / power(tone));
}

function power(samples: Float32Array): number {
  return samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
}

function noise(length: number): Float32Array {
  let state = 7;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
