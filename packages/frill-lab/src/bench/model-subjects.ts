/** A .tflite file as subjects of the latency protocol in Node. */
import { basename, extname } from 'node:path';
import type { WindowKind } from 'frill-audio';
import type { Engine, RunningEngine } from '../models/engines.js';
import { openModelFile, readModelFile } from '../models/model-file.js';
import { contentName } from '../run/content-name.js';
import type { Subject } from './timed-runs.js';
import { windowSubjects } from './window-subjects.js';

export interface ModelSubjectOptions {
  /** Shown in tables; the file's stem by default. */
  readonly name?: string;
  readonly threads?: number;
  /** What runs it; by default what an app would run. */
  readonly engine?: Engine;
}

/** What is measured of a file. */
export interface MeasurableModel {
  readonly name: string;
  readonly path: string;
  /** Hash of its bytes. */
  readonly content: string;
  readonly bytes: number;
  readonly engine: RunningEngine;
  readonly kind: WindowKind['kind'];
}

/** Opens the file once to see what it is. Throws ModelError for a file that takes neither log-mel nor a waveform. */
export async function measurableModel(
  path: string,
  { name = basename(path, extname(path)), threads = 1, engine: wanted = 'device' }: ModelSubjectOptions = {},
): Promise<MeasurableModel> {
  const bytes = await readModelFile(path);
  const { engine, model, close } = await openModelFile(path, { engine: wanted, threads });
  close();
  return { name, path, content: contentName(bytes), bytes: bytes.length, engine, kind: model.window.kind };
}

/**
 * The subjects of a file: two for a log-mel input, one (`audio-to-embedding`) for a model that takes the waveform itself. Loading
 * reads the file from disk and compiles it. Throws ModelError for a file that is neither.
 */
export async function modelSubjects(path: string, options: ModelSubjectOptions = {}): Promise<Subject[]> {
  const { threads = 1 } = options;
  const { name, content, engine, kind } = await measurableModel(path, options);
  return windowSubjects({ name, content, engine }, kind, () => openModelFile(path, { engine, threads }));
}
