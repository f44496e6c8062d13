/** Teachers, and all else that embeds, by what a user calls them: the folder of a trained TRILL, a model file, a baseline. */
import { InputError } from 'frill-audio';
import type { Device } from '../engine/device.js';
import type { Engine } from '../models/engines.js';
import { type FromGraphOptions, trillRepresentation } from '../models/from-graph.js';
import type { Representation } from '../models/representation.js';
import { openRepresentationOnThreads } from '../models/representation-threads.js';
import { TRILL_OUTPUTS, type TrillOutput } from '../models/trill.js';
import { teacherFolders } from './teacher-folder.js';

export interface OpenTrillOptions extends FromGraphOptions {
  /** `layer19`, the default: the last feature map, flattened. `embedding`: the unit vector of the triplet loss. */
  readonly output?: TrillOutput;
}

/** Opens the finished TRILL of a folder. Throws InputError where there is none. */
export async function openTrill(
  folder: string,
  { output = 'layer19', threads = 2, ...options }: OpenTrillOptions = {},
): Promise<Representation> {
  const teacher = await teacherFolders.read(folder);
  return trillRepresentation(teacher.config, teacher.weights, { output, threads, ...options });
}

/** `SOURCE:OUTPUT`, of which only the source is needed. */
export interface SourceArgument {
  readonly source: string;
  readonly output: string | undefined;
}

export function parseSource(text: string): SourceArgument {
  // What follows a colon and holds a slash is no output but part of a path, as after a drive letter.
  const [, source = text, output] = /^(.+?)(?::([^:/\\]+))?$/.exec(text) ?? [];
  return { source, output };
}

export interface OpenSourceOptions {
  /** Frames from window to window; as the model says where absent. */
  readonly hopFrames?: number | undefined;
  readonly threads?: number | undefined;
  /** What computes; the processor by default. */
  readonly device?: Device | undefined;
  /** Chosen where absent; of model files. */
  readonly engine?: Engine | undefined;
}

/**
 * Opens the folder of a trained TRILL (`layer19`, or its `embedding`) or of a combined teacher, a .tflite or .onnx file (the output of that name), or
 * a baseline. Throws InputError where a TRILL has no such output, ModelError where a file is no model or has none.
 */
export async function openSource(
  { source, output: asked }: SourceArgument,
  { engine, ...options }: OpenSourceOptions = {},
): Promise<Representation> {
  if (!(await teacherFolders.find(source)))
    return openRepresentationOnThreads(source, { ...options, engine, output: asked });
  const output = asked === undefined ? 'layer19' : TRILL_OUTPUTS.find((name) => name === asked);
  if (output) return openTrill(source, { ...options, output });
  throw new InputError({
    what: `a TRILL has no output '${asked}'`,
    where: source,
    remedy: `It has: ${TRILL_OUTPUTS.join(', ')}`,
  });
}

/** A teacher by what the command line names: `SOURCE` or `SOURCE:OUTPUT`. Throws as `openSource` does. */
export function openTeacher(text: string, options: OpenSourceOptions = {}): Promise<Representation> {
  return openSource(parseSource(text), options);
}
