/** The whole public surface of the device package. */
export { AudioError, type ErrorDetails, FrillError, InputError, ModelError } from './errors.js';
export { FRILL_FRONTEND, type FrontendParameters } from './frontend/parameters.js';
export { FlatBuffer, FlatTable } from './runtime/flatbuffer.js';
export {
  METADATA_ENTRY,
  type ModelMetadata,
  openTflite,
  readModelMetadata,
} from './runtime/model-metadata.js';
