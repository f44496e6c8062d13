/**
 * Log-mel windows of samples that arrive in pieces, in memory of one window. Any way of cutting a clip gives the windows
 * that `Frontend.windows` gives for the whole.
 */
import { Backlog } from './backlog.js';
import { FrameStream } from './frame-stream.js';
import type { Frontend, LogMel } from './frontend.js';
import type { FrontendParameters } from './parameters.js';
import type { WindowStream } from './waveform-stream.js';
import { cutWindows, type LogMelWindows } from './windows.js';

export class FrontendStream implements WindowStream {
  readonly #parameters: FrontendParameters;
  readonly #frames: FrameStream;
  /** From the next window's first frame on, flat. */
  readonly #backlog = new Backlog();

  constructor(frontend: Frontend) {
    this.#parameters = frontend.parameters;
    this.#frames = new FrameStream(frontend);
  }

  /** Takes the next samples and returns the windows that they complete. */
  push(samples: Float32Array): LogMelWindows {
    return this.#cut(this.#frames.push(samples));
  }

  /** The end of the clip: pads one shorter than `minimumSamples` and returns the last windows. */
  finish(): LogMelWindows {
    return this.#cut(this.#frames.finish());
  }

  #cut({ data }: LogMel): LogMelWindows {
    this.#backlog.append(data);
    const windows = cutWindows(this.#backlog.values, this.#parameters);
    this.#backlog.drop(windows.count * this.#parameters.frameHop * this.#parameters.melBands);
    return windows;
  }
}
