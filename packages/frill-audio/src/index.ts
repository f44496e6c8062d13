/**
 * `frill-audio`: what every app needs, in Node, browsers and workers. decode.ts and node.ts are the other entries of the
 * package; these three are the whole public surface.
 */
export { type Audio, SAMPLE_RATE, toMono } from './audio/audio.js';
export { decodeWav, type WavFile } from './audio/decode-wav.js';
export { type Microphone, type MicrophoneOptions, openMicrophone } from './audio/microphone.js';
export { Resampler, resample } from './audio/resample/resample.js';
export type { AudioBufferLike, Channel, Samples, Sound, SoundOptions } from './audio/sound.js';
export { AudioError, type ErrorDetails, FrillError, InputError, ModelError } from './errors.js';
export { hannWindow, type LogMel, melMatrix } from './frontend/definition.js';
export type { FrameStream } from './frontend/frame-stream.js';
export { Frontend, loadFrontend } from './frontend/frontend.js';
export {
  FRILL_FRONTEND,
  type FrontendParameters,
  frameCount,
  windowSamples,
} from './frontend/parameters.js';
export type { FrontendStream } from './frontend/stream.js';
export {
  countWindows,
  logMelGrid,
  padded,
  type WindowGrid,
  type Windows,
  waveformGrid,
  windowsOf,
} from './frontend/windows.js';
export {
  type Example,
  fitHead,
  type Head,
  type HeadOptions,
  loadHead,
  type Prediction,
} from './heads/head.js';
export type { SavedFit, SavedHead } from './heads/saved-head.js';
export { similarity } from './heads/similarity.js';
export { type EnrolOptions, enrol, type Verification, type Verifier } from './heads/verification.js';
export {
  Embedder,
  type EmbedderOptions,
  type Embedding,
  loadEmbedder,
  type TimedEmbedding,
} from './runtime/embedder.js';
export { loadModel, type Runtime, type RuntimeOptions } from './runtime/model.js';
export {
  isReleasedName,
  RELEASED_MODELS,
  type ReleasedModel,
  readModel,
  readReleased,
  SMALLEST_MODEL,
} from './runtime/released.js';
export type { ModelSource } from './runtime/source.js';
export { type ModelRunner, type WindowKind, WindowModel } from './runtime/window-model.js';
export { FlatBuffer, FlatTable } from './tflite/flatbuffer.js';
export type { Model, SignatureInfo, TensorInfo } from './tflite/model.js';
export {
  METADATA_ENTRY,
  type ModelMetadata,
  openTflite,
  parseModelMetadata,
  readModelMetadata,
} from './tflite/model-metadata.js';
export { BUILTIN_OPERATORS, TENSOR_TYPES, type TensorType } from './tflite/schema.js';
