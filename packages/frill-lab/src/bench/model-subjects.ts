/** A .tflite file as subjects of the latency protocol: the network alone, and from a second of audio to the embedding. */
import { basename, extname } from 'node:path';
import { loadFrontend } from 'frill-audio';
import type { Engine } from '../models/engines.js';
import { type ModelFile, openModelFile, readModelFile } from '../models/model-file.js';
import { contentName } from '../run/content-name.js';
import { random } from '../tensor/random.js';
import type { LatencyPath } from './latency-report.js';
import type { LoadedSubject, Subject } from './timed-runs.js';

export interface ModelSubjectOptions {
  /** Shown in tables; the file's stem by default. */
  readonly name?: string;
  readonly threads?: number;
  /** What runs it; by default what an app would run. */
  readonly engine?: Engine;
}

/**
 * The subjects of a file: two for a log-mel input, one (`audio-to-embedding`) for a model that takes the waveform itself. Loading
 * reads the file from disk and compiles it. Throws ModelError for a file that is neither.
 */
export async function modelSubjects(path: string, options: ModelSubjectOptions = {}): Promise<Subject[]> {
  const { name = basename(path, extname(path)), threads = 1, engine: wanted = 'device' } = options;
  const content = contentName(await readModelFile(path));
  const { engine, model, close } = await openModelFile(path, { engine: wanted, threads });
  const { kind } = model.window;
  close();
  const subject = (
    measured: LatencyPath,
    prepare: (file: ModelFile) => Promise<() => Promise<unknown>>,
  ): Subject => ({
    name,
    path: measured,
    content,
    engine,
    load: async (): Promise<LoadedSubject> => {
      const file = await openModelFile(path, { engine, threads });
      return { run: await prepare(file), close: file.close };
    },
  });
  if (kind === 'waveform') return [subject('audio-to-embedding', async (file) => onWaveform(file))];
  return [subject('model', async (file) => onLogMel(file)), subject('audio-to-embedding', fromAudio)];
}

function onLogMel({ model }: ModelFile) {
  const stream = random('latency/log-mel');
  // Log-mel of speech lies about here; the values do not matter to the time, denormal numbers would.
  const values = Float32Array.from({ length: model.windowSize }, () => stream.normal(-3, 2));
  return () => model.run(values, 1);
}

function onWaveform({ model }: ModelFile) {
  const samples = noise(model.windowSize);
  return () => model.run(samples, 1);
}

async function fromAudio({ model, frontend: parameters }: ModelFile) {
  const frontend = await loadFrontend(parameters);
  const samples = noise(parameters.minimumSamples);
  return () => model.run(frontend.windows(samples).data.subarray(0, model.windowSize), 1);
}

function noise(length: number): Float32Array {
  const stream = random('latency/audio');
  return Float32Array.from({ length }, () => stream.normal(0, 0.1));
}
