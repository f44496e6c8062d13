/**
 * The front end on samples that arrive in pieces: every frame is computed once, and memory holds one window of frames and
 * one of samples. Any way of cutting a clip gives the windows that `Frontend.windows` gives for the whole.
 */
import { Backlog } from './backlog.js';
import { cutWindows, type Frontend, type LogMelWindows } from './frontend.js';
import type { WindowStream } from './waveform-stream.js';

export class FrontendStream implements WindowStream {
  readonly #frontend: Frontend;
  /** From the next frame's first sample on. */
  readonly #samples = new Backlog();
  /** From the next window's first frame on, flat. */
  readonly #frames = new Backlog();
  #received = 0;

  constructor(frontend: Frontend) {
    this.#frontend = frontend;
  }

  /** Takes the next samples and returns the windows that they complete. */
  push(samples: Float32Array): LogMelWindows {
    const { hopLength, frameHop, melBands } = this.#frontend.parameters;
    this.#received += samples.length;
    this.#samples.append(samples);
    const logMel = this.#frontend.frames(this.#samples.values);
    this.#samples.drop(logMel.frames * hopLength);
    this.#frames.append(logMel.data);
    const windows = cutWindows(this.#frames.values, this.#frontend.parameters);
    this.#frames.drop(windows.count * frameHop * melBands);
    return windows;
  }

  /** The end of the clip: pads one shorter than `minimumSamples` and returns the last windows. */
  finish(): LogMelWindows {
    const missing = this.#frontend.parameters.minimumSamples - this.#received;
    return this.push(new Float32Array(Math.max(0, missing)));
  }
}
