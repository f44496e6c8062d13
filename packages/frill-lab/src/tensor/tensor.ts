/**
 * Dense n-dimensional arrays in C order. Only data and shape: whatever computes lives with its operation
 * (`graph/ops`) or its method (`linear-algebra/svd.ts`, ...).
 */

/** Extents, outermost first. `[]` is a scalar. */
export type Shape = readonly number[];

export type FloatArray = Float32Array | Float64Array;

/** `data.length` equals the product of `shape`. Float64 where exactness matters, float32 in storage and engines. */
export interface Tensor<Data extends FloatArray = Float64Array> {
  readonly shape: Shape;
  readonly data: Data;
}

/** Parameters by name, in Keras' layouts: conv [rows, columns, in, out], dense [in, out]. */
export type Weights = Map<string, Tensor<Float32Array>>;

/** Parameters by name in either precision; `Weights` is one. */
export type ParameterTensors = ReadonlyMap<string, Tensor<FloatArray>>;

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A float64 tensor over `data`, which is copied only when it is not float64 already. */
export function tensor(shape: Shape, data?: ArrayLike<number>): Tensor {
  const size = sizeOf(shape);
  if (data !== undefined && data.length !== size)
    throw new RangeError(`tensor: shape [${shape}] holds ${size} values, not ${data.length}`);
  if (data === undefined) return { shape, data: new Float64Array(size) };
  return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** The same shape, every element put through `f`. */
export function mapTensor({ shape, data }: Tensor, f: (value: number, element: number) => number): Tensor {
  return { shape, data: data.map(f) };
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
