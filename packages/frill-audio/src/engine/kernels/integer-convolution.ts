/**
 * The convolution in integers: how the kernel of kernels/engine/integer-convolution.ts wants its weights to lie. Its sums are defined by
 * `convolutionSums`.
 */
import type { KernelLayout } from './convolution.js';
import { code } from './rounding.js';

const PANEL = 8;

/** Numbers of a run under the window, even. */
function runLength({ columns, stride }: KernelLayout): number {
  return Math.ceil((columns * stride) / 2) * 2;
}

/** Bytes of the panels that `packIntegerPanels` makes. */
export function integerPanelBytes(layout: KernelLayout): number {
  return Math.ceil(layout.outs / PANEL) * (8 * PANEL + PANEL * layout.rows * runLength(layout));
}

/**
 * Panels at `at`, where memory is all zeros: biases, integers of the sums or floats of the results; `units` that sums are multiplied
 * with; pairs of weights.
 */
export function packIntegerPanels(
  codes: Int8Array,
  units: ArrayLike<number>,
  biases: Int32Array | Float32Array | undefined,
  layout: KernelLayout,
  panels: ArrayBuffer,
  at: number,
): void {
  const { outs, rows, columns, channels, stride } = layout;
  const length = runLength(layout);
  const panelSize = 8 * PANEL + PANEL * rows * length;
  for (let out = 0; out < outs; out++) {
    const panel = at + Math.floor(out / PANEL) * panelSize;
    const lane = out % PANEL;
    if (biases) {
      const head =
        biases instanceof Int32Array
          ? new Int32Array(panels, panel, PANEL)
          : new Float32Array(panels, panel, PANEL);
      head[lane] = biases[out];
    }
    new Float32Array(panels, panel + 4 * PANEL, PANEL)[lane] = units[out];
    const body = new Int8Array(panels, panel + 8 * PANEL, PANEL * rows * length);
    let from = out * rows * columns * channels;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels; channel++) {
          const place = row * length + column * stride + channel;
          body[(place >> 1) * 2 * PANEL + 2 * lane + (place & 1)] = codes[from++];
        }
  }
}

/**
 * Definition: rows of floats as codes, each row in a unit of its own: the largest magnitude of a row becomes `limit`. A row of zeros
 * has the unit 0.
 */
export function rowsOfCodes(
  input: ArrayLike<number>,
  columns: number,
  limit: number,
): { readonly codes: Int16Array; readonly units: Float32Array } {
  const codes = new Int16Array(input.length);
  const units = new Float32Array(input.length / columns);
  for (let row = 0; row < units.length; row++) {
    let largest = 0;
    for (let i = 0; i < columns; i++) largest = Math.max(largest, Math.abs(input[row * columns + i]));
    units[row] = largest / limit;
    const factor = largest > 0 ? Math.fround(limit / largest) : 0;
    for (let i = row * columns; i < (row + 1) * columns; i++)
      codes[i] = code(Math.fround(input[i] * factor), -limit, limit);
  }
  return { codes, units };
}

/** The largest code of which `length` products with int8 weights fit into an int32 sum, whatever they are. */
export function largestCode(length: number): number {
  return Math.min(2 ** 15 - 1, Math.floor((2 ** 31 - 1) / (128 * length)));
}
