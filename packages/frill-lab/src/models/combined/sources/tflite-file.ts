/**
 * A .tflite network that takes log-mel windows of Frill's front end, YAMNet's layers behind its own front end among them, with any of
 * its tensors. Where the file rounds activations to int8 while it runs ("dynamic range"), the kernels are unpacked and the arithmetic
 * stays float32: what the network computed before its file was made small.
 */
import { FRILL_FRONTEND, ModelError } from 'frill-audio';
import { z } from 'zod';
import { between, readOnnx } from '../../../onnx/read-onnx.js';
import { constantFloats } from '../../../tflite/constant-floats.js';
import { bytesOf, type Subgraph } from '../../../tflite/model.js';
import { readTflite } from '../../../tflite/read-tflite.js';
import { toOnnx } from '../../../tflite/to-onnx.js';
import { writeLogMel } from './log-mel.js';
import { NetworkWriter, type ReadSource, readSourceFile, renamed } from './source.js';

export const tfliteFileSchema = z.strictObject({
  reader: z.literal('tflite'),
  file: z.string().describe('a .tflite file'),
  input: z.string().describe('tensor that is given the log-mel window, [1, 96, 64, 1]; hidden ones too'),
});

/** Tensors: those of the file behind `input`, by their names (the first one is enough), channels last. */
export const readTfliteFile: ReadSource<z.infer<typeof tfliteFileSchema>> = async (
  { file, input },
  wanted,
) => {
  const bytes = await readSourceFile(file);
  const {
    subgraphs: [network],
  } = readTflite(bytes, file);
  const named = (name: string) => {
    const index = network.tensors.findIndex(
      (tensor) => tensor.name === name || firstName(tensor.name) === name,
    );
    if (index >= 0) return index;
    const computed = network.operators
      .filter(({ op }) => op !== 'DEQUANTIZE')
      .map(({ outputs: [output] }) => firstName(network.tensors[output].name));
    throw new ModelError({
      what: `it has no tensor '${name}'`,
      where: file,
      remedy: `It computes: ${computed.join(', ')}`,
    });
  };
  const start = named(input);
  const { frames, melBands } = FRILL_FRONTEND;
  const { shape } = network.tensors[start];
  if (shape.join() !== [1, frames, melBands, 1].join())
    throw new ModelError({
      what: `its tensor '${input}' is [${shape}], not a log-mel window [1, ${frames}, ${melBands}, 1]`,
      where: file,
      remedy: 'Name the tensor behind its front end',
    });
  const outputs = Object.fromEntries(wanted.map((name, place) => [`${place}`, named(name)]));
  const model = toOnnx(unrounded(needed(network, start, Object.values(outputs))), {
    inputs: { log_mel: start },
    outputs,
    batch: 'open',
  });
  const layers = between(readOnnx(model, file), { from: ['log_mel'], to: Object.keys(outputs) }, file);

  const write = new NetworkWriter();
  const upright = write.node('Transpose', [writeLogMel(write)], { perm: [0, 2, 1] });
  const window = write.node('Unsqueeze', [upright, write.integers(3)]);
  const behind = renamed(layers, (name) => (name === 'log_mel' ? window : `file/${name}`));
  return {
    nodes: [...write.nodes, ...behind.nodes],
    constants: [...write.constants, ...behind.constants],
    tensors: new Map(wanted.map((name, place) => [name, { name: `file/${place}`, channelAxis: -1 }])),
  };
};

/** A tensor that several operations were fused into carries all their names, with semicolons between. */
function firstName(name: string): string {
  return name.split(';', 1)[0];
}

/** The operators between a tensor and others. */
function needed(network: Subgraph, start: number, ends: readonly number[]): Subgraph {
  const wanted = new Set(ends);
  const operators = network.operators
    .toReversed()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((output) => wanted.has(output) && output !== start)) return false;
      for (const input of inputs) wanted.add(input);
      return true;
    })
    .toReversed();
  return { ...network, operators };
}

/** The same network with int8 kernels as the float32 numbers that they stand for. */
function unrounded(network: Subgraph): Subgraph {
  const unpacked = new Set(
    network.operators.flatMap(({ op, inputs }) => (op === 'DEQUANTIZE' ? inputs : [])),
  );
  const tensors = network.tensors.map((tensor, index) =>
    tensor.type === 'int8' && tensor.data && !unpacked.has(index)
      ? {
          ...tensor,
          type: 'float32' as const,
          quantization: undefined,
          data: bytesOf(constantFloats(tensor)),
        }
      : tensor,
  );
  return { ...network, tensors };
}
