/**
 * What a model file says about itself: the front end it was trained with, the size of its embedding and where it comes
 * from. Stored as UTF-8 JSON in the metadata entry `frill.json` of the .tflite file; a file without it still runs.
 */
import { ModelError } from '../errors.js';
import { checkFrontendParameters, type FrontendParameters } from '../frontend/parameters.js';
import { FlatBuffer, type FlatTable } from './flatbuffer.js';
import { textOf } from './utf-8.js';

/** Metadata of a model file that Frill wrote, from its entry `frill.json`. */
export interface ModelMetadata {
  /** Version of this format. */
  readonly format: 1;
  /** Name of the model. */
  readonly name: string;
  /** Kind of input: log-mel windows [B, frames, melBands, 1], or samples [B, N] at the front end's rate. */
  readonly input: 'log-mel' | 'waveform';
  /** Numbers of the front end that it was trained with. */
  readonly frontend: FrontendParameters;
  /** Values in one embedding. */
  readonly embeddingSize: number;
  /** Origin of the model: student, teacher, data, training, software. Free form. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** Name of the metadata entry of a .tflite file that holds `ModelMetadata` as UTF-8 JSON. */
export const METADATA_ENTRY = 'frill.json';

/** Slots of the TFLite schema's `Model`, `Metadata` and `Buffer` tables. */
const MODEL = { metadata: 6, buffers: 4 };
const METADATA = { name: 0, buffer: 1 };
const BUFFER = { data: 0 };

/**
 * Root table of a .tflite file: the table `Model` of the schema.
 *
 * @param where what errors call the file
 * @throws ModelError for an empty, truncated or foreign file
 */
export function openTflite(bytes: Uint8Array, where = 'model'): FlatTable {
  const file = new FlatBuffer(bytes, where);
  if (file.identifier !== 'TFL3')
    throw new ModelError({
      what: bytes.length === 0 ? 'the file is empty' : 'this is not a TensorFlow Lite model',
      where,
      remedy: 'Give a .tflite file, such as `frill export` writes',
    });
  return file.root();
}

/** The content of a metadata entry of that name, as a view into the file. */
export function metadataEntry(model: FlatTable, name: string): Uint8Array | undefined {
  const entry = model.tables(MODEL.metadata).find((candidate) => candidate.string(METADATA.name) === name);
  return entry && model.tables(MODEL.buffers)[entry.uint32(METADATA.buffer)]?.bytes(BUFFER.data);
}

/**
 * Metadata of a .tflite file; undefined for one that Frill did not write.
 *
 * @throws ModelError for what is no .tflite file, and as `parseModelMetadata`
 */
export function readModelMetadata(bytes: Uint8Array, where = 'model'): ModelMetadata | undefined {
  const entry = metadataEntry(openTflite(bytes, where), METADATA_ENTRY);
  if (entry === undefined) return undefined;
  return parseModelMetadata(entry, where);
}

/**
 * Metadata from the UTF-8 JSON of a metadata entry.
 *
 * @throws ModelError where it is none, of a newer format, or lacks or misstates a field: a model without its own front end would
 * otherwise run on FRILL's, and be wrong without a word
 */
export function parseModelMetadata(entry: Uint8Array, where = 'model'): ModelMetadata {
  const content = parse(entry, where);
  const fail = (what: string, remedy = 'Export the model again') =>
    new ModelError({ what: `its ${METADATA_ENTRY} ${what}`, where, remedy });
  if (!isRecord(content)) throw fail('is not a JSON object');
  const { format, name, input, frontend, embeddingSize, provenance } = content;
  if (format !== 1)
    throw fail(`has format ${JSON.stringify(format)}, and this version reads format 1`, 'Update frill');
  if (typeof name !== 'string') throw fail(`has name ${JSON.stringify(name)}, but it must be text`);
  if (input !== 'log-mel' && input !== 'waveform')
    throw fail(`has input ${JSON.stringify(input)}, but it must be "log-mel" or "waveform"`);
  if (!isRecord(frontend)) throw fail('does not say which front end the model was trained with');
  const number = (field: keyof FrontendParameters): number => {
    const value = frontend[field];
    if (typeof value === 'number') return value;
    throw fail(`has frontend.${field} ${JSON.stringify(value)}, but it must be a number`);
  };
  const parameters: FrontendParameters = {
    sampleRate: number('sampleRate'),
    windowLength: number('windowLength'),
    hopLength: number('hopLength'),
    fftLength: number('fftLength'),
    melBands: number('melBands'),
    lowestFrequency: number('lowestFrequency'),
    highestFrequency: number('highestFrequency'),
    logFloor: number('logFloor'),
    logOffset: number('logOffset'),
    frames: number('frames'),
    frameHop: number('frameHop'),
    minimumSamples: number('minimumSamples'),
  };
  checkFrontendParameters(parameters, where);
  if (typeof embeddingSize !== 'number' || !Number.isInteger(embeddingSize) || embeddingSize < 1)
    throw fail(`has embeddingSize ${JSON.stringify(embeddingSize)}, but it must be a whole number above 0`);
  if (!isRecord(provenance)) throw fail('has no provenance');
  return { format, name, input, frontend: parameters, embeddingSize, provenance };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(entry: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(textOf(entry));
  } catch (cause) {
    throw new ModelError({
      what: `its ${METADATA_ENTRY} is not JSON`,
      where,
      remedy: 'Export the model again',
      cause,
    });
  }
}
