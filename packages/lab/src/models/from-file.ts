/**
 * Any .tflite or .onnx model with a waveform or log-mel input as a representation. What the input means is read from
 * our own files' metadata, and from the shape of the input elsewhere:
 *
 *     [15600] [1, 15600] [N, L]                a waveform window of L samples (15,600 where L is free)
 *     [96, 64] [N, 96, 64] [N, 96, 64, 1] ...  a log-mel window
 *
 * The output is the one named by `output`, else the one whose name says embedding, else the widest.
 */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  FRILL_FRONTEND,
  type FrontendParameters,
  frameCount,
  loadFrontend,
  loadModel,
  ModelError,
} from 'frill';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { contentName } from '../run/content-name.js';
import { type Embeddings, padded, type Representation } from './representation.js';

export interface FromFileOptions {
  /** Name of the output to use. */
  readonly output?: string | undefined;
  /** Frames from one window to the next, the front end's (17) by default; a larger hop is cheaper. */
  readonly hopFrames?: number | undefined;
  /** Shown in tables; the file's stem by default. */
  readonly name?: string | undefined;
}

/** One input or output: extents, with `undefined` where the model leaves them free. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | undefined)[];
}

/** One fixed batch size of a model, or a free one. */
interface Signature {
  readonly input: Port;
  readonly outputs: readonly Port[];
  /** Runs `batch` windows; returns each output flattened, by name. */
  run(windows: Float32Array, batch: number): Promise<Record<string, Float32Array>>;
}

/** A model file, whatever its format. */
interface OpenedFile {
  readonly signatures: readonly Signature[];
  readonly metadata:
    | { readonly input: 'log-mel' | 'waveform'; readonly frontend: FrontendParameters }
    | undefined;
  close(): void;
}

/** What one window of the input holds. */
export type WindowKind =
  | { readonly kind: 'waveform'; readonly samples: number }
  | { readonly kind: 'log-mel'; readonly frames: number; readonly bands: number };

/** Batch used where the model leaves it free. */
const FREE_BATCH = 32;

export async function representationFromFile(
  path: string,
  options: FromFileOptions = {},
): Promise<Representation> {
  const bytes = await readModelFile(path);
  const file = extname(path).toLowerCase() === '.onnx' ? await openOnnx(bytes, path) : await openTflite(path);
  const parameters = file.metadata?.frontend ?? FRILL_FRONTEND;
  const hopFrames = options.hopFrames ?? parameters.frameHop;
  if (!Number.isInteger(hopFrames) || hopFrames < 1)
    throw new ModelError({
      what: `a hop of ${hopFrames} frames is not a positive whole number`,
      where: path,
    });
  const batches = file.signatures
    .map((signature) => ({
      signature,
      window: windowKind(signature.input, parameters, path),
      ...batchOf(signature.input),
    }))
    .sort((a, b) => b.batch - a.batch);
  const { signature: first, window } = batches[0];
  const output = chooseOutput(first.outputs, options.output, path);
  const frontend = await loadFrontend(parameters);
  const windowSize = window.kind === 'waveform' ? window.samples : window.frames * window.bands;

  /** All windows of a clip of at least `minimumSamples`, as the model takes them. */
  const windowsOf = (samples: Float32Array): Windows => {
    const frames = frameCount(samples.length, parameters);
    const count = 1 + Math.floor((frames - parameters.frames) / hopFrames);
    if (window.kind === 'log-mel') {
      const { bands, data } = frontend.logMel(samples);
      return {
        count,
        copy(index, into, at) {
          const start = index * hopFrames * bands;
          into.set(data.subarray(start, start + windowSize), at);
        },
      };
    }
    return {
      count,
      copy(index, into, at) {
        const start = index * hopFrames * parameters.hopLength;
        into.set(samples.subarray(start, start + windowSize), at);
      },
    };
  };

  const rowsOf = async (windows: Windows): Promise<Float32Array[]> => {
    const rows: Float32Array[] = [];
    for (let done = 0; done < windows.count; ) {
      const left = windows.count - done;
      // The largest batch that is filled, else the smallest there is, filled up with zeros.
      const { signature, batch, free } =
        batches.find(({ batch, free }) => free || batch <= left) ?? batches[batches.length - 1];
      const used = Math.min(left, batch);
      const given = free ? used : batch;
      const input = new Float32Array(given * windowSize);
      for (let i = 0; i < used; i++) windows.copy(done + i, input, i * windowSize);
      const values = (await signature.run(input, given))[nameFor(signature, output, path)];
      if (values.length % given !== 0)
        throw new ModelError({
          what: `output '${output.name}' holds ${values.length} values for ${given} windows`,
          where: path,
          remedy: 'Choose another output: one row a window is needed',
        });
      const dimension = values.length / given;
      for (let i = 0; i < used; i++) rows.push(values.slice(i * dimension, (i + 1) * dimension));
      done += used;
    }
    return rows;
  };

  // One silent window tells the dimension, and that the model runs at all.
  const probe = await rowsOf(windowsOf(new Float32Array(parameters.minimumSamples)));
  const dimension = probe[0].length;
  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const windows = clips.map((samples) => windowsOf(padded(samples)));
    const rows = await rowsOf(joined(windows));
    let first = 0;
    return windows.map(({ count }) => {
      const data = new Float32Array(count * dimension);
      for (let i = 0; i < count; i++) data.set(rows[first + i], i * dimension);
      first += count;
      return { count, data };
    });
  };
  return {
    name: options.name ?? basename(path, extname(path)),
    identity: contentName({
      model: contentName(bytes),
      frontend: parameters,
      hopFrames,
      output: output.name,
    }),
    dimension,
    grid: 'windows',
    embed: async (samples) => (await embedAll([samples]))[0],
    embedAll,
    close: () => file.close(),
  };
}

interface Windows {
  readonly count: number;
  /** Writes window `index` to the zeros of `into` from `at` on. */
  copy(index: number, into: Float32Array, at: number): void;
}

/** The windows of several clips in a row. */
function joined(parts: readonly Windows[]): Windows {
  const all = parts.flatMap((part) => Array.from({ length: part.count }, (_, index) => ({ part, index })));
  return {
    count: all.length,
    copy(index, into, at) {
      const window = all[index];
      window.part.copy(window.index, into, at);
    },
  };
}

/** What the input holds, from its shape. Throws ModelError when it is neither waveform nor log-mel. */
export function windowKind(input: Port, parameters: FrontendParameters, where: string): WindowKind {
  const { frames, melBands: bands } = parameters;
  const fail = (what: string) =>
    new ModelError({
      what,
      where,
      remedy: `Use a model with a waveform input, e.g. [1, 15600], or a log-mel input, e.g. [1, ${frames}, ${bands}, 1]`,
    });
  const shape = `[${input.shape.map((extent) => extent ?? '?').join(', ')}]`;
  if (input.type !== 'float32') throw fail(`input '${input.name}' is ${input.type}, not float32`);
  const wide = input.shape.filter((extent) => extent !== 1);
  const [last, beforeLast] = [wide.at(-1), wide.at(-2)];
  if (last === bands && beforeLast === frames && wide.length <= 3) return { kind: 'log-mel', frames, bands };
  if (wide.length > 2 || wide.length === 0)
    throw fail(`input '${input.name}' ${shape} is neither a waveform nor ${frames} x ${bands} log-mel`);
  const free = (parameters.frames - 1) * parameters.hopLength + parameters.windowLength;
  const samples = last ?? free;
  if (samples < 1000) throw fail(`input '${input.name}' ${shape} is too short for a waveform`);
  return { kind: 'waveform', samples };
}

/** The batch an input asks for: its first extent where there is more than a single window. */
function batchOf(input: Port): { readonly batch: number; readonly free: boolean } {
  const wide = input.shape.filter((extent) => extent !== 1);
  const isLogMel = wide.length >= 2 && wide.at(-1)! < 1000;
  const windowRank = isLogMel ? 2 : 1;
  if (wide.length <= windowRank) return { batch: 1, free: false };
  const extent = wide[0];
  return extent === undefined ? { batch: FREE_BATCH, free: true } : { batch: extent, free: false };
}

/** The embedding among a model's outputs. */
export function chooseOutput(outputs: readonly Port[], wanted: string | undefined, where: string): Port {
  const names = outputs.map(({ name }) => name).join(', ');
  if (wanted !== undefined) {
    const found = outputs.find(({ name }) => name === wanted);
    if (found) return found;
    throw new ModelError({ what: `no output named '${wanted}'`, where, remedy: `It has: ${names}` });
  }
  const usable = outputs.filter(({ type }) => type === 'float32');
  if (usable.length === 0)
    throw new ModelError({
      what: `no float32 output (it has: ${names})`,
      where,
      remedy: 'Use a float model',
    });
  const width = ({ shape }: Port) => shape.reduce<number>((product, extent) => product * (extent ?? 1), 1);
  const named = usable.filter(({ name }) => /embed|feature|representation/i.test(name));
  return (named.length > 0 ? named : usable).reduce((best, port) =>
    width(port) > width(best) ? port : best,
  );
}

/** Name of the output in a signature; all signatures must have it. */
function nameFor(signature: Signature, output: Port, where: string): string {
  const found = signature.outputs.find(({ name }) => name === output.name);
  if (found) return found.name;
  throw new ModelError({ what: `its signatures disagree: not all have the output '${output.name}'`, where });
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ModelError({
      what: 'no such model',
      where: path,
      remedy: 'Give a .tflite or .onnx file, or the name of a baseline: log-mel-statistics, mfcc-statistics',
      cause,
    });
  }
}

async function openTflite(path: string): Promise<OpenedFile> {
  const model = await loadModel(path);
  const signatures = Object.entries(model.signatures).map(([name, { inputs, outputs }]): Signature => {
    if (inputs.length !== 1)
      throw new ModelError({
        what: `it takes ${inputs.length} inputs`,
        where: path,
        remedy: 'Use a model with one input',
      });
    return {
      input: inputs[0],
      outputs,
      run: (windows) => model.run({ [inputs[0].name]: windows }, name),
    };
  });
  return { signatures, metadata: model.metadata, close: () => model.close() };
}

async function openOnnx(bytes: Uint8Array, path: string): Promise<OpenedFile> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  } catch (cause) {
    throw new ModelError({
      what: 'not a readable ONNX model',
      where: path,
      remedy: 'Check the file with onnx.checker',
      cause,
    });
  }
  const port = (metadata: InferenceSession.ValueMetadata): Port => ({
    name: metadata.name,
    type: metadata.isTensor ? metadata.type : 'not a tensor',
    shape: metadata.isTensor
      ? metadata.shape.map((extent) => (typeof extent === 'number' && extent > 0 ? extent : undefined))
      : [],
  });
  const inputs = session.inputMetadata.map(port);
  const outputs = session.outputMetadata.map(port);
  if (inputs.length !== 1)
    throw new ModelError({
      what: `it takes ${inputs.length} inputs`,
      where: path,
      remedy: 'Use a model with one input',
    });
  const [input] = inputs;
  const run = async (windows: Float32Array, batch: number) => {
    // Free extents: the first is the batch, a second one the length of the waveform.
    let rest = windows.length / batch;
    for (const extent of input.shape.slice(1)) rest /= extent ?? 1;
    const shape = input.shape.map(
      (extent, axis) => extent ?? (axis === 0 && input.shape.length > 1 ? batch : rest),
    );
    const results = await session.run({ [input.name]: new Tensor('float32', windows, shape) });
    return Object.fromEntries(
      Object.entries(results).flatMap(([name, { data }]) =>
        data instanceof Float32Array ? [[name, data]] : [],
      ),
    );
  };
  return { signatures: [{ input, outputs, run }], metadata: undefined, close: () => void session.release() };
}
