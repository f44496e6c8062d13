/**
 * The convolution, which is also the dense layer and the stem: its definition, and how the kernel of
 * kernels/engine/convolution.ts wants its weights to lie.
 */

/** What each output pixel sees of the input, in floats. */
export interface ConvolutionGeometry {
  readonly rows: number;
  /** From the first pixel of an output row to that of the next. */
  readonly rowStep: number;
  /** Output pixels in a row. */
  readonly pixels: number;
  readonly pixelStep: number;
  /** Runs of consecutive numbers under the window, one for each of its rows. */
  readonly segments: number;
  readonly segmentStep: number;
  /** Numbers in a run. */
  readonly length: number;
}

/** Definition: sums [rows * pixels, outs] of the input times `weights` [outs, segments * length]. */
export function convolutionSums(
  input: ArrayLike<number>,
  weights: ArrayLike<number>,
  outs: number,
  { rows, rowStep, pixels, pixelStep, segments, segmentStep, length }: ConvolutionGeometry,
): Float64Array {
  const sums = new Float64Array(rows * pixels * outs);
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let pixel = 0; pixel < pixels; pixel++)
      for (let out = 0; out < outs; out++) {
        let weight = out * segments * length;
        let sum = 0;
        for (let segment = 0; segment < segments; segment++) {
          const start = row * rowStep + pixel * pixelStep + segment * segmentStep;
          for (let i = 0; i < length; i++) sum += input[start + i] * weights[weight++];
        }
        sums[at++] = sum;
      }
  return sums;
}

/** Channels that are summed at once. */
const PANEL = 8;

/** A kernel [outs, rows, columns, channels] with the numbers from tap to tap, which the input decides. */
export interface KernelLayout {
  readonly outs: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** Numbers from one pixel to the next in the input: `channels`, filled up with zeros. */
  readonly stride: number;
}

/** Bytes of the panels that `packPanels` makes. */
export function panelBytes({ outs, rows, columns, stride }: KernelLayout): number {
  return Math.ceil(outs / PANEL) * (PANEL + PANEL * rows * columns * stride) * 4;
}

/** Panels of weights; see the kernel. `panels` is all zeros. */
export function packPanels(
  weights: Float32Array,
  biases: Float32Array | undefined,
  { outs, rows, columns, channels, stride }: KernelLayout,
  panels: Float32Array,
): void {
  const taps = rows * columns;
  const panelFloats = PANEL + PANEL * taps * stride;
  for (let out = 0; out < outs; out++) {
    const panel = Math.floor(out / PANEL) * panelFloats;
    const lane = out % PANEL;
    if (biases) panels[panel + lane] = biases[out];
    let from = out * taps * channels;
    for (let tap = 0; tap < taps; tap++) {
      let to = panel + PANEL + tap * stride * PANEL + lane;
      for (let channel = 0; channel < channels; channel++, to += PANEL) panels[to] = weights[from++];
    }
  }
}
