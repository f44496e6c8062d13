/** Any .tflite or .onnx model with a waveform or log-mel input as a representation, on the window grid of its front end. */
import { basename, extname } from 'node:path';
import { ModelError } from 'frill-audio';
import { contentName } from '../run/content-name.js';
import { embedWindows } from './embed-windows.js';
import { type OpenModelOptions, openModelFile } from './model-file.js';
import type { Representation } from './representation.js';

export interface FromFileOptions extends OpenModelOptions {
  /** Frames from one window to the next, the front end's (17) by default; a larger hop is cheaper. */
  readonly hopFrames?: number | undefined;
  /** Shown in tables; the file's stem by default. */
  readonly name?: string | undefined;
}

/** Opens the model. Throws ModelError for a file that is no such model, or whose front end takes another rate than 16 kHz. */
export async function representationFromFile(
  path: string,
  { hopFrames: wantedHop, name = basename(path, extname(path)), ...options }: FromFileOptions = {},
): Promise<Representation> {
  if (wantedHop !== undefined && !(Number.isInteger(wantedHop) && wantedHop >= 1))
    throw new ModelError({
      what: `a hop of ${wantedHop} frames is not a positive whole number`,
      where: path,
    });
  const { bytes, model, frontend, engine, reason, close } = await openModelFile(path, options);
  const hopFrames = wantedHop ?? frontend.frameHop;
  try {
    return {
      ...(await embedWindows(model, frontend, hopFrames, path)),
      name,
      // Not the engine: where two can run a model, they give the same up to rounding.
      identity: contentName({ model: contentName(bytes), frontend, hopFrames, output: model.output }),
      engine,
      engineReason: reason,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
