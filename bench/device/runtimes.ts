/**
 * What is timed, in Node and, bundled, in a page: a runtime that opens a model and gives the three works of the benchmark. All
 * hear through Frill's front end but MediaPipe, which has its own.
 */
import { Embedder, FRILL_FRONTEND, loadFrontend, loadModel, type Model, WindowModel } from 'frill-audio';

/** One window of log-mel, eight at once, a second of audio at 48 kHz. */
export const WORKS = ['one', 'eight', 'audio'] as const;
export type Work = (typeof WORKS)[number];

/** What a runtime can do of them; each call is one inference, and is waited for. */
export type Opened = { readonly [work in Work]?: () => unknown };

export interface Source {
  readonly model: Uint8Array;
  /** Pages: address of a folder with what the runtime fetches. */
  readonly files: string;
}

const RATE = 48_000;

export async function frill({ model }: Source): Promise<Opened> {
  return worksOf(await loadModel(model));
}

export async function litert({ model, files }: Source): Promise<Opened> {
  const { liteRt } = await import('frill-audio/litert');
  const isPage = 'document' in globalThis;
  return worksOf(await loadModel(model, { runtime: liteRt(isPage ? { runtimeFiles: files } : {}) }));
}

export async function onnxruntimeNode({ model }: Source): Promise<Opened> {
  return worksOf(await inOnnxruntime(await import('onnxruntime-node'), model));
}

export async function onnxruntimeWeb({ model, files }: Source): Promise<Opened> {
  const ort = await import(`${files}ort.wasm.min.mjs`);
  Object.assign(ort.env.wasm, { numThreads: 1, wasmPaths: files });
  return worksOf(await inOnnxruntime(ort, model));
}

export async function mediapipe({ model, files }: Source): Promise<Opened> {
  const { AudioEmbedder } = await import(`${files}audio_bundle.mjs`);
  const wasm = `${files}wasm/audio_wasm_internal`;
  const embedder = await AudioEmbedder.createFromOptions(
    { wasmLoaderPath: `${wasm}.js`, wasmBinaryPath: `${wasm}.wasm` },
    { baseOptions: { modelAssetBuffer: model } },
  );
  const second = noise(RATE, 0, 0.1);
  return { audio: () => embedder.embed(second, RATE) };
}

export const RUNTIMES = { frill, litert, onnxruntimeNode, onnxruntimeWeb, mediapipe };

export type RuntimeName = keyof typeof RUNTIMES;

async function worksOf(model: Model): Promise<Opened> {
  const parameters = model.metadata?.frontend ?? FRILL_FRONTEND;
  const windowModel = new WindowModel(model, parameters);
  const embedder = new Embedder(model, windowModel, await loadFrontend(parameters));
  // Log-mel of speech lies about here; the values do not matter to the time, denormal numbers would.
  const windows = noise(8 * windowModel.windowSize, -3, 2);
  const second = noise(RATE, 0, 0.1);
  return {
    one: () => windowModel.run(windows.subarray(0, windowModel.windowSize), 1),
    eight: () => windowModel.run(windows, 8),
    audio: () => embedder.embed(second, { sampleRate: RATE }),
  };
}

/** What onnxruntime-node and onnxruntime-web have in common. */
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: 'float32', values: Float32Array, shape: readonly number[]) => unknown;
}

interface OrtSession {
  run(feeds: Readonly<Record<string, unknown>>): Promise<Record<string, { readonly data: unknown }>>;
}

async function inOnnxruntime(ort: Ort, bytes: Uint8Array): Promise<Model> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const window = [FRILL_FRONTEND.frames, FRILL_FRONTEND.melBands, 1];
  const run = async (values: Float32Array, batch: number) => {
    const { embedding } = await session.run({
      log_mel: new ort.Tensor('float32', values, [batch, ...window]),
    });
    if (!(embedding.data instanceof Float32Array)) throw new TypeError('the embedding is not float32');
    return embedding.data;
  };
  const { length } = await run(new Float32Array(window[0] * window[1]), 1);
  const signature = (batch: number) => ({
    inputs: [{ name: 'log_mel', type: 'float32', shape: [batch, ...window] }],
    outputs: [{ name: 'embedding', type: 'float32', shape: [batch, length] }],
  });
  return {
    where: 'onnxruntime',
    engine: 'onnxruntime',
    metadata: undefined,
    signatures: { one: signature(1), eight: signature(8) },
    run: async ({ log_mel: values }, name) => ({ embedding: await run(values, name === 'eight' ? 8 : 1) }),
    close: () => {},
  };
}

/** Milliseconds of one call: the median over at least so long. */
export async function timed(work: () => unknown, milliseconds: number): Promise<number> {
  const took: number[] = [];
  const began = performance.now();
  do {
    const start = performance.now();
    await work();
    took.push(performance.now() - start);
  } while (performance.now() - began < milliseconds || took.length < 3);
  return took.sort((a, b) => a - b)[took.length >> 1];
}

/** About normal, the same in every run. */
function noise(length: number, mean: number, deviation: number): Float32Array {
  let state = 7;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  };
  return Float32Array.from({ length }, () => mean + 2 * deviation * (uniform() + uniform() + uniform()));
}
