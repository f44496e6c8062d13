/** Windows of samples for models that have the front end inside, on the same grid in time as log-mel windows. */
import { Backlog } from './backlog.js';

import { type FrontendParameters, windowSamples } from './parameters.js';
import type { LogMelWindows } from './windows.js';

/** What cuts samples that arrive in pieces into windows; `data` holds `count` windows one after another. */
export interface WindowStream {
  /** Takes the next samples and returns the windows that they complete. */
  push(samples: Float32Array): LogMelWindows;
  /** The end of the clip: pads one shorter than `minimumSamples` with zeros and returns the last windows. */
  finish(): LogMelWindows;
}

export class WaveformStream implements WindowStream {
  readonly #parameters: FrontendParameters;
  readonly #size: number;
  /** From the next window's first sample on. */
  readonly #samples = new Backlog();
  #received = 0;

  /** Windows of `size` samples, those under one window of frames unless told otherwise. */
  constructor(parameters: FrontendParameters, size = windowSamples(parameters)) {
    this.#parameters = parameters;
    this.#size = size;
  }

  push(samples: Float32Array): LogMelWindows {
    const hop = this.#parameters.frameHop * this.#parameters.hopLength;
    this.#received += samples.length;
    this.#samples.append(samples);
    const { values } = this.#samples;
    const count = values.length < this.#size ? 0 : 1 + Math.floor((values.length - this.#size) / hop);
    const data = new Float32Array(count * this.#size);
    for (let i = 0; i < count; i++) data.set(values.subarray(i * hop, i * hop + this.#size), i * this.#size);
    this.#samples.drop(count * hop);
    return { count, data };
  }

  finish(): LogMelWindows {
    const minimum = Math.max(this.#parameters.minimumSamples, this.#size);
    return this.push(new Float32Array(Math.max(0, minimum - this.#received)));
  }
}
