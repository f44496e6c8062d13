/**
 * `frill-audio`: what an app needs, in Node, browsers and workers, in the order in which its developer meets it. The titles here
 * are the chapters of docs/api/frill-audio.md. decode.ts, node.ts, model.ts and litert.ts are the package's other entries for
 * apps; internals.ts has what only the laboratory needs.
 */

// # Sound to embeddings

export {
  Embedder,
  type EmbedderOptions,
  type Embedding,
  loadEmbedder,
  type TimedEmbedding,
} from './runtime/embedder.js';
export { RELEASED_MODELS, SMALLEST_MODEL } from './runtime/released.js';
export type { ModelSource } from './runtime/source.js';

// # Embeddings to answers

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

// # Microphone

export { type Microphone, type MicrophoneOptions, openMicrophone } from './audio/microphone.js';

// # Sound

export { type Audio, SAMPLE_RATE, toMono } from './audio/audio.js';
export { decodeWav, type WavFile } from './audio/decode-wav.js';
export { Resampler, resample } from './audio/resample/resample.js';
export type { AudioBufferLike, Channel, Samples, Sound, SoundOptions } from './audio/sound.js';

// # Errors

export { AudioError, type ErrorDetails, FrillError, InputError, ModelError } from './errors.js';

// # Models and runtimes

export { loadModel, type Runtime, type RuntimeOptions } from './runtime/model.js';
export { type ModelRunner, type WindowKind, WindowModel } from './runtime/window-model.js';
export type { Model, SignatureInfo, TensorInfo } from './tflite/model.js';
export type { ModelMetadata } from './tflite/model-metadata.js';

// # Front end

export type { LogMel } from './frontend/definition.js';
export type { FrameStream } from './frontend/frame-stream.js';
export { Frontend, loadFrontend } from './frontend/frontend.js';
export { FRILL_FRONTEND, type FrontendParameters } from './frontend/parameters.js';
export type { FrontendStream } from './frontend/stream.js';
export type { Windows } from './frontend/windows.js';
