/** Any .onnx network that takes windows of samples, with any of its tensors. */
import { z } from 'zod';
import { between, readOnnx } from '../../../onnx/read-onnx.js';
import { type ReadSource, readSourceFile, renamed, SAMPLES } from './source.js';

export const onnxFileSchema = z.strictObject({
  reader: z.literal('onnx'),
  file: z.string().describe('an .onnx file whose input is [N, 15600] samples in [-1, 1]'),
  input: z.string().describe('name of that input'),
  channelAxis: z.int().default(1).describe('axis of the channels of its hidden tensors'),
});

/** Tensors: those of the file, by their names. */
export const readOnnxFile: ReadSource<z.infer<typeof onnxFileSchema>> = async (source, wanted) => {
  const { file, input, channelAxis } = source;
  const bytes = await readSourceFile(file);
  const layers = between(readOnnx(bytes, file), { from: [input], to: wanted }, file);
  return {
    ...renamed(layers, (name) => (name === input ? SAMPLES : `file/${name}`)),
    tensors: new Map(wanted.map((name) => [name, { name: `file/${name}`, channelAxis }])),
  };
};
