/** Frames to the windows that a network takes. */
import { type FrontendParameters, windowCount } from './parameters.js';

/** Windows of frames, as a network takes them. */
export interface LogMelWindows {
  readonly count: number;
  /** [count, frames, melBands] of the parameters. */
  readonly data: Float32Array;
}

/** The windows of consecutive frames [F, melBands], copied out one after another. */
export function cutWindows(logMel: Float32Array, parameters: FrontendParameters): LogMelWindows {
  const { frames, frameHop, melBands } = parameters;
  const count = windowCount(logMel.length / melBands, parameters);
  const size = frames * melBands;
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const start = i * frameHop * melBands;
    data.set(logMel.subarray(start, start + size), i * size);
  }
  return { count, data };
}
