/** What `frill evaluate` judges, by what a user calls it on the command line. */
import { basename, dirname, extname, resolve } from 'node:path';
import { isEmbeddingFile, openPrecomputed, type Precomputed } from '../embeddings/precomputed.js';
import { BASELINE_NAMES } from '../models/open-representation.js';
import type { Representation } from '../models/representation.js';
import {
  type OpenSourceOptions,
  openSource,
  parseSource,
  type SourceArgument,
} from '../train/open-teacher.js';
import { UsageError } from './command.js';

/** `NAME=SOURCE:OUTPUT`, of which only the source is needed: a baseline, a model file, a file of embeddings, a teacher's folder. */
export interface ModelArgument extends SourceArgument {
  /** Name in tables and for `--compare`; by default the source without its extension, with the output where one is asked for. */
  readonly name: string;
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
  const [, given, place = ''] = /^(?:([^=/\\]*)=)?(.*)$/.exec(text) ?? [];
  if (place === '' || given === '')
    throw new UsageError({
      what: `'${text}' names no model`,
      where: '--model',
      remedy: `Write a file, the folder of a teacher, or one of: ${BASELINE_NAMES.join(', ')}`,
    });
  const { source, output } = parseSource(place);
  const name = given ?? [nameOf(source), ...(output === undefined ? [] : [output])].join('-');
  return { name, source, output };
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
  options: OpenSourceOptions,
): Promise<Representation | Precomputed> {
  if (isEmbeddingFile(source)) return { ...(await openPrecomputed(source)), name };
  return { ...(await openSource({ source, output }, options)), name };
}
