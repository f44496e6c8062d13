/** The device package's `Embedder` over a model file in the engine that is best for it here. */
import { Embedder, loadFrontend } from 'frill-audio';
import { type OpenModelOptions, openModelFile } from './model-file.js';

export interface OpenEmbedderOptions extends OpenModelOptions {
  /** Frames from one window to the next, the front end's by default. */
  readonly hopFrames?: number | undefined;
}

/** Opens a .tflite or .onnx file. Throws ModelError as `openModelFile` does. */
export async function openEmbedder(
  path: string,
  { hopFrames, ...options }: OpenEmbedderOptions = {},
): Promise<Embedder> {
  const { model, frontend: parameters, metadata, engine, close } = await openModelFile(path, options);
  try {
    const asked = { ...parameters, frameHop: hopFrames ?? parameters.frameHop };
    const frontend = await loadFrontend(asked, path);
    return new Embedder({ engine, metadata, close }, model, frontend);
  } catch (error) {
    close();
    throw error;
  }
}
