/** A .tflite file as subjects of the latency protocol: the network alone, and from a second of audio to the embedding. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { FRILL_FRONTEND, loadFrontend, loadModel, type Model, ModelError } from 'frill';
import { windowKind } from '../models/from-file.js';
import { random } from '../tensor/random.js';
import type { LatencyPath, LoadedSubject, Subject } from './latency.js';

export interface ModelSubjectOptions {
  /** Shown in tables; the file's stem by default. */
  readonly name?: string;
  readonly threads?: number;
}

/**
 * The subjects of a file: two for a log-mel input, one (`audio-to-embedding`) for a model that takes the waveform itself. Loading
 * reads the file from disk and compiles it. Throws ModelError for a file that is neither.
 */
export async function modelSubjects(path: string, options: ModelSubjectOptions = {}): Promise<Subject[]> {
  const { name = basename(path, extname(path)), threads = 1 } = options;
  const load = async () => loadModel(await readModel(path), { threads });
  const model = await load();
  const { kind } = describeInput(model, path);
  model.close();
  const subject = (measured: LatencyPath, prepare: (model: Model) => Promise<() => Promise<unknown>>) => ({
    name,
    path: measured,
    load: async (): Promise<LoadedSubject> => {
      const loaded = await load();
      return { run: await prepare(loaded), close: () => loaded.close() };
    },
  });
  if (kind === 'waveform') return [subject('audio-to-embedding', async (loaded) => onWaveform(loaded, path))];
  return [
    subject('model', async (loaded) => onLogMel(loaded, path)),
    subject('audio-to-embedding', (loaded) => fromAudio(loaded, path)),
  ];
}

async function readModel(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause) => {
    throw new ModelError({ what: 'no such model', where: path, remedy: 'Give a .tflite file', cause });
  });
}

/** The batch-1 signature and what its input holds. */
function describeInput(model: Model, where: string) {
  const signature = 'b1' in model.signatures ? 'b1' : Object.keys(model.signatures)[0];
  const [input] = model.signatures[signature].inputs;
  const parameters = model.metadata?.frontend ?? FRILL_FRONTEND;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  return { signature, input: input.name, size, parameters, ...windowKind(input, parameters, where) };
}

function onLogMel(model: Model, where: string) {
  const { signature, input, size } = describeInput(model, where);
  const stream = random('latency/log-mel');
  // Log-mel of speech lies about here; the values do not matter to the time, denormal numbers would.
  const values = Float32Array.from({ length: size }, () => stream.normal(-3, 2));
  return () => model.run({ [input]: values }, signature);
}

function onWaveform(model: Model, where: string) {
  const { signature, input, size } = describeInput(model, where);
  const samples = noise(size);
  return () => model.run({ [input]: samples }, signature);
}

async function fromAudio(model: Model, where: string) {
  const { signature, input, size, parameters } = describeInput(model, where);
  const frontend = await loadFrontend(parameters);
  const samples = noise(parameters.minimumSamples);
  return () => model.run({ [input]: frontend.windows(samples).data.subarray(0, size) }, signature);
}

function noise(length: number): Float32Array {
  const stream = random('latency/audio');
  return Float32Array.from({ length }, () => stream.normal(0, 0.1));
}
