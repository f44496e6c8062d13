/**
 * `frill-audio/internals`: parts of the package that `frill-lab` trains and exports with, so that training and the device share one
 * definition of them. Apps do not need them, and they may change with any version.
 */

// # Front end

export { hannWindow, melMatrix } from './frontend/definition.js';
export { frameCount, windowSamples } from './frontend/parameters.js';
export {
  countWindows,
  logMelGrid,
  padded,
  type WindowGrid,
  waveformGrid,
  windowsOf,
} from './frontend/windows.js';

// # Released models

export { isReleasedName, type ReleasedModel, readModel, readReleased } from './runtime/released.js';

// # Files of TensorFlow Lite

export { FlatBuffer, FlatTable } from './tflite/flatbuffer.js';
export {
  METADATA_ENTRY,
  openTflite,
  parseModelMetadata,
  readModelMetadata,
} from './tflite/model-metadata.js';
export { BUILTIN_OPERATORS, TENSOR_TYPES, type TensorType } from './tflite/schema.js';
