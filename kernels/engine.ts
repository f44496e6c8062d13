/**
 * The kernels of the device package's engine, one a file in engine/. Memory is imported; pointers are byte offsets into
 * it, and values are float32 unless a name says otherwise.
 */
export { convolution } from './engine/convolution';
export { depthwise } from './engine/depthwise';
export { add, multiply, normaliseRows } from './engine/elementwise';
export { convolutionInt8Weights, integerConvolution } from './engine/integer-convolution';
export { integerDepthwise } from './engine/integer-depthwise';
export {
  dequantise,
  integerAdd,
  integerAveragePool,
  integerScaleChannels,
  quantise,
  quantiseRows,
} from './engine/integer-elementwise';
export { pad, repack } from './engine/layout';
export { packCodes, packFloats } from './engine/packing';
export { averagePool, maxPool, scaleChannels } from './engine/pooling';
