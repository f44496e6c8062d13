/** The numbers of a constant, unpacked from the fewer bits it may be stored in: what `DEQUANTIZE` gives, exactly. */
import { float16Values } from '../tensor/float16.js';
import { sizeOf } from '../tensor/tensor.js';
import { aligned, channelIndex, floatsOf, type TfliteTensor } from './model.js';

/** float32 numbers of a float32, float16 or int8 constant. Throws where it is none of these. */
export function constantFloats(constant: TfliteTensor): Float32Array {
  const { name, type, data, shape, quantization } = constant;
  if (data === undefined) throw new Error(`${name} is no constant`);
  switch (type) {
    case 'float32':
      return floatsOf(constant);
    case 'float16': {
      const values = float16Values();
      return Float32Array.from(new Uint16Array(aligned(data)), (half) => values[half]);
    }
    case 'int8': {
      if (!quantization) throw new Error(`${name} has no scale`);
      const { scales, zeroPoints, axis } = quantization;
      const channelOf = scales.length === 1 ? () => 0 : channelIndex(shape, axis);
      const codes = new Int8Array(data.buffer, data.byteOffset, sizeOf(shape));
      return Float32Array.from(codes, (code, i) => {
        const channel = channelOf(i);
        return (code - zeroPoints[channel]) * scales[channel];
      });
    }
    default:
      throw new Error(`${name} is ${type}`);
  }
}
