/** What `frill evaluate` judges, by what a user calls it on the command line. */
import { basename, dirname, extname, resolve } from 'node:path';
import type { Engine } from '../models/model-file.js';
import { BASELINE_NAMES, type Representation } from '../models/representation.js';
import { openRepresentationOnThreads } from '../models/representation-threads.js';
import { isEmbeddingFile, openPrecomputed, type Precomputed } from '../noss/precomputed.js';
import { openTrill } from '../train/open-teacher.js';
import { teacherFolders } from '../train/teacher-folder.js';
import { UsageError } from './command.js';

/** `NAME=SOURCE:OUTPUT`, of which only the source is needed. */
export interface ModelArgument {
  /** For tables and `--compare`; by default the source without its extension, with the output where one is asked for. */
  readonly name: string;
  /** A baseline, a model file, a file of embeddings, or the folder of a trained TRILL. */
  readonly source: string;
  readonly output: string | undefined;
}

export interface EmbeddingOptions {
  /** Frames from window to window; as the model says where absent. */
  readonly hopFrames?: number | undefined;
  /** One a core where absent. */
  readonly threads?: number | undefined;
  /** Chosen where absent; of model files. */
  readonly engine?: Engine | undefined;
}

/** Throws UsageError where an argument names no model, or two have one name. */
export function parseModelArguments(texts: readonly string[]): ModelArgument[] {
  const models = texts.map(parseModelArgument);
  for (const [place, { name, source }] of models.entries())
    if (models.findIndex((other) => other.name === name) < place)
      throw new UsageError({
        what: `two models are called '${name}'`,
        where: '--model',
        remedy: `Name one of them: ${name}-2=${source}`,
      });
  return models;
}

function parseModelArgument(text: string): ModelArgument {
  const [, given, place] = /^(?:([^=/\\]*)=)?(.*)$/.exec(text) ?? [];
  // What follows a colon and holds a slash is no output but part of a path, as after a drive letter.
  const [, source, output] = /^(.+?)(?::([^:/\\]+))?$/.exec(place) ?? [];
  if (source === undefined || given === '')
    throw new UsageError({
      what: `'${text}' names no model`,
      where: '--model',
      remedy: `Write a file, the folder of a teacher, or one of: ${BASELINE_NAMES.join(', ')}`,
    });
  return {
    name: given ?? [nameOf(source), ...(output === undefined ? [] : [output])].join('-'),
    source,
    output,
  };
}

/** A file's stem, or its folder's name where that says more: a study calls each of its students `model.tflite`. */
function nameOf(source: string): string {
  const isFile = isEmbeddingFile(source) || ['.tflite', '.onnx'].includes(extname(source).toLowerCase());
  const stem = basename(resolve(source), isFile ? extname(source) : '');
  return isFile && stem === 'model' ? basename(dirname(resolve(source))) : stem;
}

/** Opens any of them under its name. Throws ModelError or InputError when the source is none of them. */
export async function openEvaluated(
  { name, source, output }: ModelArgument,
  { engine, ...options }: EmbeddingOptions,
): Promise<Representation | Precomputed> {
  if (isEmbeddingFile(source)) return { ...(await openPrecomputed(source)), name };
  if (!(await teacherFolders.find(source)))
    return { ...(await openRepresentationOnThreads(source, { ...options, engine, output })), name };
  if (output === undefined || output === 'layer19' || output === 'embedding')
    return { ...(await openTrill(source, { ...options, output: output ?? 'layer19' })), name };
  throw new UsageError({
    what: `a TRILL has no output '${output}'`,
    where: source,
    remedy: 'It has: layer19, embedding',
  });
}
