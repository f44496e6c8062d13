/**
 * A model that embeds windows as subjects of the latency protocol: the network alone, and from a second of audio to the
 * embedding. Wherever it runs: what opens it is given.
 */
import { type FrontendParameters, loadFrontend, type WindowKind, type WindowModel } from 'frill-audio';
import { random } from '../tensor/random.js';
import type { LatencyPath } from './latency-report.js';
import type { LoadedSubject, Subject } from './timed-runs.js';

/** A model, ready to run. */
export interface OpenedModel {
  readonly model: WindowModel;
  readonly frontend: FrontendParameters;
  close(): void;
}

/** What there is to time of a model that takes such windows; in this order. */
export function pathsOf(kind: WindowKind['kind']): readonly LatencyPath[] {
  return kind === 'waveform' ? ['audio-to-embedding'] : ['model', 'audio-to-embedding'];
}

/** One subject for each of its paths. `open` is part of what is timed as loading. */
export function windowSubjects(
  about: Omit<Subject, 'path' | 'load'>,
  kind: WindowKind['kind'],
  open: () => Promise<OpenedModel>,
): Subject[] {
  return pathsOf(kind).map((path) => ({
    ...about,
    path,
    load: async (): Promise<LoadedSubject> => {
      const opened = await open();
      const run =
        kind === 'waveform' ? onWaveform(opened) : await (path === 'model' ? onLogMel : fromAudio)(opened);
      return { run, close: opened.close };
    },
  }));
}

function onLogMel({ model }: OpenedModel) {
  const stream = random('latency/log-mel');
  // Log-mel of speech lies about here; the values do not matter to the time, denormal numbers would.
  const values = Float32Array.from({ length: model.windowSize }, () => stream.normal(-3, 2));
  return () => model.run(values, 1);
}

function onWaveform({ model }: OpenedModel) {
  const samples = noise(model.windowSize);
  return () => model.run(samples, 1);
}

async function fromAudio({ model, frontend: parameters }: OpenedModel) {
  const frontend = await loadFrontend(parameters);
  const samples = noise(parameters.minimumSamples);
  return () => model.run(frontend.windows(samples).data.subarray(0, model.windowSize), 1);
}

function noise(length: number): Float32Array {
  const stream = random('latency/audio');
  return Float32Array.from({ length }, () => stream.normal(0, 0.1));
}
