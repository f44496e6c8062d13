/**
 * The one cutter of windows. A network takes windows of log-mel frames or of samples; both lie on one grid in time, and are the
 * same whether a clip is there whole or comes in pieces.
 */
import { Backlog } from './backlog.js';
import type { FrontendParameters } from './parameters.js';

/** The grid on which windows lie in a long row of values. */
export interface WindowGrid {
  /** Values in one window. */
  readonly size: number;
  /** Values from the first of one window to the first of the next. */
  readonly step: number;
}

/** Windows as a network takes them. */
export interface Windows {
  /** Number of windows. */
  readonly count: number;
  /** Values [count, values in a window], one window after another; log-mel windows are [count, frames, bands]. */
  readonly data: Float32Array;
}

/** Grid of windows of `frames` log-mel frames every `frameHop`, in values of rows [F, melBands]. */
export function logMelGrid(parameters: FrontendParameters): WindowGrid {
  const { frames, frameHop, melBands } = parameters;
  return { size: frames * melBands, step: frameHop * melBands };
}

/** Grid of windows of `samples` samples, which begin where those of log-mel frames do. */
export function waveformGrid(parameters: FrontendParameters, samples: number): WindowGrid {
  const { frameHop, hopLength } = parameters;
  return { size: samples, step: frameHop * hopLength };
}

/** Number of windows in `length` values: 1 + floor((length - size) / step); 0 below one window. */
export function countWindows(length: number, grid: WindowGrid): number {
  const { size, step } = grid;
  return length < size ? 0 : 1 + Math.floor((length - size) / step);
}

/** Windows of the grid one by one, each a view of `size` of the values; what fills no window is left out. */
export function* windowsOf(values: Float32Array, grid: WindowGrid): Generator<Float32Array, void> {
  const count = countWindows(values.length, grid);
  for (let i = 0; i < count; i++) yield values.subarray(i * grid.step, i * grid.step + grid.size);
}

/** All windows, copied out. */
export function cutWindows(values: Float32Array, grid: WindowGrid): Windows {
  const count = countWindows(values.length, grid);
  const data = new Float32Array(count * grid.size);
  let end = 0;
  for (const window of windowsOf(values, grid)) {
    data.set(window, end);
    end += grid.size;
  }
  return { count, data };
}

/** Windows of values that arrive in pieces, in memory of one window. */
export class WindowCutter {
  /** Values from the next window's first one on. */
  readonly #backlog = new Backlog();

  constructor(private readonly grid: WindowGrid) {}

  /** Takes the next values and returns the windows that they complete. */
  push(values: Float32Array): Windows {
    this.#backlog.append(values);
    const windows = cutWindows(this.#backlog.values, this.grid);
    this.#backlog.drop(windows.count * this.grid.step);
    return windows;
  }
}

/** Samples of a clip with zeros at the end up to `shortest` of them; a longer clip is returned as it is. */
export function padded(samples: Float32Array, shortest: number): Float32Array {
  if (samples.length >= shortest) return samples;
  const longer = new Float32Array(shortest);
  longer.set(samples);
  return longer;
}
