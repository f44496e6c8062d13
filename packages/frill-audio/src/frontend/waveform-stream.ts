/** Windows of samples for models that have the front end inside, on the same grid in time as log-mel windows. */
import { type FrontendParameters, windowSamples } from './parameters.js';
import { WindowCutter, type Windows, waveformGrid } from './windows.js';

/** What cuts samples that arrive in pieces into windows. */
export interface WindowStream {
  /** Takes the next samples and returns the windows that they complete. */
  push(samples: Float32Array): Windows;
  /** Ends the clip: pads one shorter than `minimumSamples` with zeros and returns the last windows. */
  finish(): Windows;
}

export class WaveformStream implements WindowStream {
  readonly #cutter: WindowCutter;
  readonly #shortest: number;
  #received = 0;

  /** Windows of `size` samples, those under one window of frames unless told otherwise. */
  constructor(parameters: FrontendParameters, size = windowSamples(parameters)) {
    this.#cutter = new WindowCutter(waveformGrid(parameters, size));
    this.#shortest = Math.max(parameters.minimumSamples, size);
  }

  push(samples: Float32Array): Windows {
    this.#received += samples.length;
    return this.#cutter.push(samples);
  }

  finish(): Windows {
    return this.push(new Float32Array(Math.max(0, this.#shortest - this.#received)));
  }
}
