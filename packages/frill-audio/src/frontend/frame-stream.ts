/**
 * Log-mel frames of samples that arrive in pieces: every frame is computed once. Any way of cutting a clip gives the frames
 * that `Frontend.logMel` gives for the whole.
 */
import { Backlog } from './backlog.js';
import type { LogMel } from './definition.js';
import type { FrontendParameters } from './parameters.js';

/** What computes frames of samples as they are; a `Frontend`. */
export interface FrameSource {
  readonly parameters: FrontendParameters;
  frames(samples: Float32Array): LogMel;
}

/**
 * Log-mel frames of samples that arrive in blocks of any size; each frame is computed once. Samples are mono, in [-1, 1], at the front
 * end's rate. `Frontend.frameStream` makes one.
 */
export class FrameStream {
  readonly #frontend: FrameSource;
  /** Samples from the next frame's first one on. */
  readonly #samples = new Backlog();
  #received = 0;

  /** `Frontend.frameStream` makes one. */
  constructor(frontend: FrameSource) {
    this.#frontend = frontend;
  }

  /** Takes the next samples and returns the frames that they complete. */
  push(samples: Float32Array): LogMel {
    this.#received += samples.length;
    this.#samples.append(samples);
    const logMel = this.#frontend.frames(this.#samples.values);
    this.#samples.drop(logMel.frames * this.#frontend.parameters.hopLength);
    return logMel;
  }

  /** Ends the clip: pads one shorter than `minimumSamples` with zeros and returns the last frames. */
  finish(): LogMel {
    const missing = this.#frontend.parameters.minimumSamples - this.#received;
    return this.push(new Float32Array(Math.max(0, missing)));
  }
}
