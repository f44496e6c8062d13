/**
 * `frill-audio`: what every app needs, in Node, browsers and workers. decode.ts and node.ts are the other entries of the
 * package; these three are the whole public surface.
 */
export { type Audio, SAMPLE_RATE, toMono } from './audio/audio.js';
export { Resampler, resample } from './audio/resample/resample.js';
export type { AudioBufferLike, Channel, Samples, Sound, SoundOptions } from './audio/sound.js';
export { AudioError, type ErrorDetails, FrillError, InputError, ModelError } from './errors.js';
export { hannWindow, melMatrix } from './frontend/definition.js';
export type { FrameStream } from './frontend/frame-stream.js';
export { Frontend, type LogMel, type LogMelWindows, loadFrontend } from './frontend/frontend.js';
export {
  FRILL_FRONTEND,
  type FrontendParameters,
  frameCount,
  windowCount,
  windowSamples,
} from './frontend/parameters.js';
export type { FrontendStream } from './frontend/stream.js';
export {
  type Example,
  fitHead,
  type Head,
  type HeadOptions,
  loadHead,
  type Prediction,
  type SavedHead,
} from './heads/head.js';
export {
  Embedder,
  type EmbedderOptions,
  type Embedding,
  loadEmbedder,
  type TimedEmbedding,
} from './runtime/embedder.js';
export { FlatBuffer, FlatTable } from './runtime/flatbuffer.js';
export type { RuntimeOptions } from './runtime/litert.js';
export { loadModel, Model, type SignatureInfo, type TensorInfo } from './runtime/model.js';
export {
  METADATA_ENTRY,
  type ModelMetadata,
  openTflite,
  parseModelMetadata,
  readModelMetadata,
} from './runtime/model-metadata.js';
export type { ModelSource } from './runtime/source.js';
export { type ModelRunner, type WindowKind, WindowModel } from './runtime/window-model.js';
