/** Definition of the convolution, which is also the dense layer and the stem; kernels/engine/convolution.ts is the kernel. */

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
