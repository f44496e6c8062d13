/**
 * The front end as callers meet it: samples to log-mel frames and to the windows that a network takes, by the WebAssembly kernel or,
 * where that is missing, by the plain definition.
 */
import { defineLogMel, type LogMel, type LogMelKernel } from './definition.js';
import { FrameStream } from './frame-stream.js';
import { loadLogMelKernel } from './kernel.js';
import {
  checkFrontendParameters,
  FRILL_FRONTEND,
  type FrontendParameters,
  frameCount,
} from './parameters.js';
import { FrontendStream } from './stream.js';
import { cutWindows, logMelGrid, padded, type Windows } from './windows.js';

/** The front end, ready to compute; `loadFrontend` makes one. Samples are mono, in [-1, 1], at `parameters.sampleRate`. */
export class Frontend {
  /** `loadFrontend` makes one. */
  constructor(
    /** The numbers that it computes by. */
    readonly parameters: FrontendParameters,
    /** What computes: WebAssembly with SIMD, or plain TypeScript in float64 where that is missing. */
    readonly implementation: 'wasm' | 'typescript',
    private readonly kernel: LogMelKernel,
  ) {}

  /** Log-mel of a clip, padded to `minimumSamples`: F = 1 + floor((N - windowLength) / hopLength) frames. */
  logMel(samples: Float32Array): LogMel {
    return this.frames(padded(samples, this.parameters.minimumSamples));
  }

  /** Log-mel of samples as they are, without padding; no frames for fewer than `windowLength` samples. */
  frames(samples: Float32Array): LogMel {
    const frames = frameCount(samples.length, this.parameters);
    const bands = this.parameters.melBands;
    const data = new Float32Array(frames * bands);
    this.kernel.compute(samples, frames, data);
    return { frames, bands, data };
  }

  /** Log-mel windows of a clip, padded to `minimumSamples`: T = 1 + floor((F - frames) / frameHop), [T, frames, bands]. */
  windows(samples: Float32Array): Windows {
    return cutWindows(this.logMel(samples).data, logMelGrid(this.parameters));
  }

  /** A cutter of log-mel windows from samples that arrive in pieces. */
  stream(): FrontendStream {
    return new FrontendStream(this);
  }

  /** A maker of log-mel frames from samples that arrive in pieces. */
  frameStream(): FrameStream {
    return new FrameStream(this);
  }
}

/**
 * Makes a front end ready, FRILL's unless told otherwise. Source: google-research, non_semantic_speech_benchmark, `tf_frontend.py`.
 *
 * @param where the origin of the parameters for errors, e.g. the model file
 * @throws ModelError for parameters from which no front end can be computed
 */
export async function loadFrontend(
  parameters: FrontendParameters = FRILL_FRONTEND,
  where?: string,
): Promise<Frontend> {
  checkFrontendParameters(parameters, where);
  try {
    return new Frontend(parameters, 'wasm', await loadLogMelKernel(parameters));
  } catch (error) {
    // An engine without WebAssembly or without its SIMD; anything else is a fault that must be seen.
    if (typeof WebAssembly === 'object' && !(error instanceof WebAssembly.CompileError)) throw error;
    return new Frontend(parameters, 'typescript', defineLogMel(parameters));
  }
}
