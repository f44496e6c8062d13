/**
 * Log-mel windows of samples that arrive in pieces, in memory of one window. Any way of cutting a clip gives the windows
 * that `Frontend.windows` gives for the whole.
 */
import { type FrameSource, FrameStream } from './frame-stream.js';
import type { WindowStream } from './waveform-stream.js';
import { logMelGrid, WindowCutter, type Windows } from './windows.js';

/**
 * Windows of log-mel from samples that arrive in blocks of any size: those that the whole clip has. Samples are mono, in [-1, 1], at the
 * front end's rate. `Frontend.stream` makes one.
 */
export class FrontendStream implements WindowStream {
  readonly #frames: FrameStream;
  readonly #cutter: WindowCutter;

  /** `Frontend.stream` makes one. */
  constructor(frontend: FrameSource) {
    this.#frames = new FrameStream(frontend);
    this.#cutter = new WindowCutter(logMelGrid(frontend.parameters));
  }

  /** Takes the next samples and returns the windows that they complete. */
  push(samples: Float32Array): Windows {
    return this.#cutter.push(this.#frames.push(samples).data);
  }

  /** Ends the clip: pads one shorter than `minimumSamples` with zeros and returns the last windows. */
  finish(): Windows {
    return this.#cutter.push(this.#frames.finish().data);
  }
}
