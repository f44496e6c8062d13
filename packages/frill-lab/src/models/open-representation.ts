/** A representation by the name that the command line has for it: a baseline, or a model file. */
import { type FromFileOptions, representationFromFile } from './from-file.js';
import { logMelStatistics } from './log-mel-statistics.js';
import { mfccStatistics } from './mfcc-statistics.js';
import type { Representation } from './representation.js';

/** Baselines by the name they have on the command line. */
const BASELINES: Readonly<Record<string, () => Promise<Representation>>> = {
  'log-mel-statistics': () => logMelStatistics(),
  'mfcc-statistics': () => mfccStatistics(),
};

/** Names that `openRepresentation` takes beside paths. */
export const BASELINE_NAMES: readonly string[] = Object.keys(BASELINES);

/**
 * Opens a baseline by name, or any .tflite or .onnx file with a waveform or log-mel input.
 * Throws ModelError when the file is not such a model.
 */
export async function openRepresentation(
  nameOrPath: string,
  options: FromFileOptions = {},
): Promise<Representation> {
  const baseline = BASELINES[nameOrPath];
  return baseline === undefined ? representationFromFile(nameOrPath, options) : baseline();
}
