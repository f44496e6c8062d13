/** A .tflite file as subjects of the latency protocol: the network alone, and from a second of audio to the embedding. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { FRILL_FRONTEND, loadFrontend, loadModel, type Model, ModelError, WindowModel } from 'frill-audio';
import { contentName } from '../run/content-name.js';
import { random } from '../tensor/random.js';
import type { LatencyPath } from './latency-report.js';
import type { LoadedSubject, Subject } from './timed-runs.js';

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
  const load = () => loadModel(path, { threads });
  const content = contentName(await readModel(path));
  const model = await load();
  const { kind } = windowsOf(model).windows.window;
  model.close();
  const subject = (measured: LatencyPath, prepare: (model: Model) => Promise<() => Promise<unknown>>) => ({
    name,
    path: measured,
    content,
    load: async (): Promise<LoadedSubject> => {
      const loaded = await load();
      return { run: await prepare(loaded), close: () => loaded.close() };
    },
  });
  if (kind === 'waveform') return [subject('audio-to-embedding', async (loaded) => onWaveform(loaded))];
  return [subject('model', async (loaded) => onLogMel(loaded)), subject('audio-to-embedding', fromAudio)];
}

async function readModel(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause) => {
    throw new ModelError({ what: 'no such model', where: path, remedy: 'Give a .tflite file', cause });
  });
}

/** The network as what takes windows, and the front end they come from. */
function windowsOf(model: Model) {
  const parameters = model.metadata?.frontend ?? FRILL_FRONTEND;
  return { windows: new WindowModel(model, parameters), parameters };
}

function onLogMel(model: Model) {
  const { windows } = windowsOf(model);
  const stream = random('latency/log-mel');
  // Log-mel of speech lies about here; the values do not matter to the time, denormal numbers would.
  const values = Float32Array.from({ length: windows.windowSize }, () => stream.normal(-3, 2));
  return () => windows.run(values, 1);
}

function onWaveform(model: Model) {
  const { windows } = windowsOf(model);
  const samples = noise(windows.windowSize);
  return () => windows.run(samples, 1);
}

async function fromAudio(model: Model) {
  const { windows, parameters } = windowsOf(model);
  const frontend = await loadFrontend(parameters);
  const samples = noise(parameters.minimumSamples);
  return () => windows.run(frontend.windows(samples).data.subarray(0, windows.windowSize), 1);
}

function noise(length: number): Float32Array {
  const stream = random('latency/audio');
  return Float32Array.from({ length }, () => stream.normal(0, 0.1));
}
