/**
 * What bounds each layer of a network in Frill's engine, at batch 1 on one core. A layer takes at least as long as its products take
 * a core that does nothing else, and as reading its weights takes one that does nothing else: the longer of the two is its bound.
 *
 *     MODELS=small-2,frill-l FORMS=float32 LAYERS=1 npm run bench -- layers     other networks, and every layer by itself
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSource } from '../kernels/build.js';
import { type EngineModel, openInEngine } from '../packages/frill-audio/src/engine/engine.js';
import { readGraph, sizeOf } from '../packages/frill-audio/src/engine/graph.js';
import { kernelBytes } from '../packages/frill-audio/src/engine/kernel-modules.js';
import type { Value } from '../packages/frill-audio/src/engine/layout.js';
import { lower } from '../packages/frill-audio/src/engine/lower.js';
import { isPointwise, operandsOf, type Step } from '../packages/frill-audio/src/engine/step.js';
import { openTflite } from '../packages/frill-audio/src/tflite/model-metadata.js';
import { median } from '../packages/frill-lab/src/statistics/quantiles.js';
import { contestants } from './device/contestants.js';
import type { Benchmark, BenchTable } from './table.js';

export const layers: Benchmark = {
  name: 'layers',
  summary:
    "what bounds each kind of layer in Frill's engine, arithmetic or memory, and how far from it each is",
  run: layersBench,
};

const MODELS = (process.env.MODELS ?? 'small-1,small-2').split(',');
const FORMS = (process.env.FORMS ?? 'float32,int8-weight').split(',');
const EVERY_LAYER = process.env.LAYERS === '1';
const ROUNDS = 9;
const ROUND_MS = 300;
const WARMUP_MS = 1500;

interface Layer {
  readonly kind: string;
  readonly products: number;
  /** Whether the products are of integers. */
  readonly isInteger: boolean;
  readonly weightBytes: number;
  /** Median over rounds of a round's mean. */
  readonly seconds: number;
}

async function layersBench(): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-bench-layers-'));
  const rows: (string | number)[][] = [];
  const peaks = await measurePeaks();
  try {
    for (const model of MODELS)
      for (const { form, path } of await contestants(model, folder)) {
        if (!FORMS.includes(form)) continue;
        const measured = await measureLayers(await readFile(path));
        const bandwidth = peaks.bytesPerSecond(
          measured.reduce((sum, { weightBytes }) => sum + weightBytes, 0),
        );
        const parts = EVERY_LAYER
          ? measured.map((layer, place) => [`${place + 1} ${layer.kind}`, [layer]] as const)
          : kindsOf(measured);
        for (const [name, group] of [...parts, ['all', measured] as const])
          rows.push(row(`${model}, ${form}, ${name}`, group, measured, peaks, bandwidth));
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    title: 'Layers of a network at batch 1, one core: time, and the least that it could be',
    columns: [
      'network, form, kind of layer',
      'layers',
      'million products',
      'weights, KB',
      'µs',
      '% of all',
      'arithmetic, µs',
      'memory, µs',
      'bound by',
      'bound, % of the time',
    ],
    rows,
    notes: [
      `This core: ${(peaks.productsPerSecond / 1e9).toFixed(1)} thousand million products a second out of registers${peaks.isRelaxed ? ', with the sum in the same instruction' : ''}, and ${(peaks.integerProductsPerSecond / 1e9).toFixed(1)} of int16.`,
      "Arithmetic: a layer's products at that rate. Memory: its weights at the rate at which a core reads as many bytes as the whole network's weights, again and again, and does nothing else.",
      `Medians of ${ROUNDS} rounds of ${ROUND_MS} ms, in which the calls of a whole inference are timed one by one; the clock's own time is taken off.`,
    ],
  };
}

function row(
  name: string,
  group: readonly Layer[],
  all: readonly Layer[],
  { productsPerSecond, integerProductsPerSecond }: Peaks,
  bytesPerSecond: number,
): (string | number)[] {
  const sum = (of: (layer: Layer) => number, from: readonly Layer[] = group) =>
    from.reduce((total, layer) => total + of(layer), 0);
  const arithmetic = ({ products, isInteger }: Layer) =>
    products / (isInteger ? integerProductsPerSecond : productsPerSecond);
  const memory = ({ weightBytes }: Layer) => weightBytes / bytesPerSecond;
  const seconds = sum((layer) => layer.seconds);
  return [
    name,
    group.length,
    sum(({ products }) => products) / 1e6,
    sum(({ weightBytes }) => weightBytes) / 1e3,
    seconds * 1e6,
    (100 * seconds) / sum((layer) => layer.seconds, all),
    sum(arithmetic) * 1e6,
    sum(memory) * 1e6,
    sum(arithmetic) > sum(memory) ? 'arithmetic' : 'memory',
    (100 * sum((layer) => Math.max(arithmetic(layer), memory(layer)))) / seconds,
  ];
}

async function measureLayers(bytes: Uint8Array): Promise<Layer[]> {
  const root = openTflite(bytes);
  const model = await openInEngine({ root, metadata: undefined });
  const graph = readGraph(root);
  const { values } = lower(graph.subgraphs[graph.signatures[0].subgraph], {
    where: 'bench',
    frontend: undefined,
  });
  const { windowCalls, calls } = model.program();
  const all = [...windowCalls, ...calls];
  const times = all.map((): number[] => []);
  const clock = clockSeconds();
  runFor(WARMUP_MS, all);
  for (let round = 0; round < ROUNDS; round++) {
    const { seconds, runs } = runFor(ROUND_MS, all);
    for (const [place, total] of seconds.entries()) times[place].push(Math.max(0, total / runs - clock));
  }
  model.close();
  return all.map(({ step }, place) => ({
    ...described(step, values),
    seconds: median(times[place]),
  }));
}

/** The layers of each kind, in the order in which kinds appear. */
function kindsOf(layers: readonly Layer[]): (readonly [kind: string, layers: readonly Layer[]])[] {
  const kinds = [...new Set(layers.map(({ kind }) => kind))];
  return kinds.map((kind) => [kind, layers.filter((layer) => layer.kind === kind)]);
}

/** Seconds of each call, summed over as many inferences as fit. */
function runFor(ms: number, calls: EngineModelCalls): { seconds: number[]; runs: number } {
  const seconds = calls.map(() => 0);
  const start = performance.now();
  let runs = 0;
  for (; performance.now() - start < ms; runs++)
    for (let place = 0; place < calls.length; place++) {
      const before = performance.now();
      calls[place].run();
      seconds[place] += (performance.now() - before) / 1e3;
    }
  return { seconds, runs };
}

type EngineModelCalls = ReturnType<EngineModel['program']>['calls'];

/** What two looks at the clock take. */
function clockSeconds(): number {
  const looks = 100_000;
  const start = performance.now();
  for (let look = 0; look < looks; look++) performance.now();
  return (performance.now() - start) / looks / 1e3;
}

function described(step: Step, values: readonly Value[]): Omit<Layer, 'seconds'> {
  const outputs = sizeOf(values[step.output].shape);
  if (step.kind === 'convolution' || step.kind === 'depthwise') {
    const { shape, data } = step.kernel;
    const perOutput = step.kind === 'depthwise' ? shape[1] * shape[2] : sizeOf(shape.slice(1));
    return {
      kind: kindOf(step, values),
      products: outputs * perOutput,
      isInteger:
        (step.kind === 'convolution' && step.ofCodes) || values[step.input].quantization !== undefined,
      weightBytes: data?.byteLength ?? 0,
    };
  }
  const inputs = operandsOf(step).reduce((sum, value) => sum + sizeOf(values[value].shape), 0);
  const kind = step.kind === 'quantise-rows' ? 'floats to codes' : 'pooling, scaling and sums';
  return { kind, products: Math.max(inputs, outputs), isInteger: false, weightBytes: 0 };
}

function kindOf(step: Extract<Step, { kernel: unknown }>, values: readonly Value[]): string {
  const { rows, columns } = step.window;
  if (step.kind === 'depthwise') return `depthwise ${rows}x${columns}`;
  if (!isPointwise(step.window)) return `convolution ${rows}x${columns}`;
  const pixels = sizeOf(values[step.output].shape.slice(0, -1));
  return pixels === 1 ? 'dense: squeeze-and-excite, bottleneck' : 'pointwise convolution';
}

type Peaks = Awaited<ReturnType<typeof measurePeaks>>;

/** What this core can do, out of registers and out of memory. */
async function measurePeaks() {
  const memory = new WebAssembly.Memory({ initial: 2048 });
  // Turns relaxed SIMD on in Node, as the engine does.
  kernelBytes();
  const relaxed = await compileSource('peaks', ['relaxed-simd']);
  const isRelaxed = WebAssembly.validate(relaxed);
  const { instance } = await WebAssembly.instantiate(isRelaxed ? relaxed : await compileSource('peaks'), {
    env: { memory },
  });
  const exported = (name: string) => {
    const found = instance.exports[name];
    if (typeof found === 'function') return found;
    throw new TypeError(`kernels/peaks.ts has no ${name}`);
  };
  const products = exported('products');
  const integerProducts = exported('integerProducts');
  const loads = exported('loads');
  const rounds = 1_000_000;
  return {
    isRelaxed,
    integerProductsPerSecond: best(96 * rounds, () => integerProducts(rounds, 3)),
    productsPerSecond: best(48 * rounds, () => products(rounds, 0.5)),
    bytesPerSecond(bytes: number) {
      const whole = Math.ceil(Math.max(bytes, 4096) / 64) * 64;
      const times = Math.ceil(2 ** 26 / whole);
      // Pages that nobody has written to are all the same one, which is always in the cache.
      new Uint8Array(memory.buffer, 1024, whole).fill(1);
      return best(whole * times, () => {
        for (let time = 0; time < times; time++) loads(1024, whole);
      });
    },
  };
}

/** Units a second, at the best of many tries. */
function best(units: number, run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 20; attempt++) {
    const start = performance.now();
    run();
    least = Math.min(least, (performance.now() - start) / 1e3);
  }
  return units / least;
}
