/**
 * The convolution in integers: how the kernel of kernels/engine/integer-convolution.ts wants its weights to lie. Its sums are defined by
 * `convolutionSums`.
 */
import type { KernelLayout } from './convolution.js';

const PANEL = 8;

/** Numbers of a run under the window, even. */
function runLength({ columns, stride }: KernelLayout): number {
  return Math.ceil((columns * stride) / 2) * 2;
}

/** Bytes of the panels that `packIntegerPanels` makes. */
export function integerPanelBytes(layout: KernelLayout): number {
  return Math.ceil(layout.outs / PANEL) * (8 * PANEL + PANEL * layout.rows * runLength(layout));
}

/** Panels at `at`, where memory is all zeros: biases, `units` that sums are multiplied with, pairs of weights. */
export function packIntegerPanels(
  codes: Int8Array,
  units: ArrayLike<number>,
  biases: Int32Array | undefined,
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
    if (biases) new Int32Array(panels, panel, PANEL)[lane] = biases[out];
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
