/** What a conversion computes, in plain loops: the dot products of `FilterBank` rows with the input, summed in float64. */
import type { FilterBank } from './filter-bank.js';

/** Computes outputs of one ratio; keeps nothing from call to call. */
export interface FilterKernel {
  /**
   * Fills `output`: output i lies `phase + i * down` / `up` samples after the first one, whose filter begins at
   * `input[start]`. The caller sees to it that the input reaches the end of the last filter.
   */
  convert(input: Float32Array, start: number, phase: number, output: Float32Array): void;
}

/** The definition that the WebAssembly kernel is held against; it runs where there is no WebAssembly SIMD. */
export function defineFilter({ up, down, coefficients, taps, phases }: FilterBank): FilterKernel {
  const dot = (input: Float32Array, start: number, row: number) => {
    // Four sums break the chain of dependent additions.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    const first = row * taps;
    for (let k = 0; k < taps; k += 4) {
      a += input[start + k] * coefficients[first + k];
      b += input[start + k + 1] * coefficients[first + k + 1];
      c += input[start + k + 2] * coefficients[first + k + 2];
      d += input[start + k + 3] * coefficients[first + k + 3];
    }
    return a + b + (c + d);
  };
  return {
    convert(input, start, phase, output) {
      for (let i = 0; i < output.length; i++) {
        if (phases === up) output[i] = dot(input, start, phase);
        else {
          const exact = (phase / up) * phases;
          const below = Math.floor(exact);
          const a = dot(input, start, below);
          output[i] = a + (exact - below) * (dot(input, start, below + 1) - a);
        }
        phase += down;
        const step = Math.floor(phase / up);
        phase -= step * up;
        start += step;
      }
    },
  };
}
