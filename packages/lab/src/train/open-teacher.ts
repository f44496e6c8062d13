/** Teachers by what a user calls them: the folder of a trained TRILL, a model file, a baseline. */
import { type FromGraphOptions, trillRepresentation } from '../models/from-graph.js';
import type { Representation } from '../models/representation.js';
import { openRepresentationOnThreads } from '../models/representation-threads.js';
import type { TrillOutput } from '../models/trill.js';
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

/**
 * A teacher by what the command line names: the folder of a trained TRILL (`folder:embedding` for its embedding), a
 * .tflite or .onnx file (`file:output` for an output by name), or a baseline.
 */
export async function openTeacher(source: string): Promise<Representation> {
  const [, place, output] = /^(.+?)(?::([^:/\\]+))?$/.exec(source) ?? [];
  if (await teacherFolders.find(place))
    return openTrill(place, { output: output === 'embedding' ? 'embedding' : 'layer19' });
  return openRepresentationOnThreads(place, { output });
}
