/**
 * A model as GPUs take it: their providers refuse batch normalisation in training mode, which is therefore written out in the
 * operations that it is made of. WebGPU's has no places of the largest values either: the processor computes those. All else stays as it is.
 */
import type { InferenceSession } from 'onnxruntime-node';
import type { OnnxConstant, OnnxModel, OnnxNode } from '../../onnx/onnx-model.js';
import type { Provider } from './provider.js';

export function gpuForm(model: OnnxModel<number>): OnnxModel<number> {
  const constants: OnnxConstant[] = [...model.constants];
  const nodes = model.nodes.flatMap((node) =>
    node.op === 'BatchNormalization' && node.attributes.training_mode === 1
      ? writtenOut(node, constants)
      : [node],
  );
  return { ...model, constants, nodes };
}

/** What onnxruntime is told to compute a model with. */
export function executionProvider(
  provider: Provider,
  { nodes }: OnnxModel<number>,
): InferenceSession.ExecutionProviderConfig {
  const withPlaces = nodes.filter(({ op, outputs }) => op === 'MaxPool' && outputs.length > 1);
  if (provider !== 'webgpu' || withPlaces.length === 0) return provider;
  // A node has the name of its first output.
  return { name: 'webgpu', forceCpuNodeNames: withPlaces.map(({ outputs }) => outputs[0]) };
}

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta, of x [1, channels, positions], with the batch's mean and variance. */
function writtenOut({ inputs, outputs, attributes }: OnnxNode, constants: OnnxConstant[]): OnnxNode[] {
  const [x, gamma, beta] = inputs;
  const [y, mean, variance] = outputs;
  const nodes: OnnxNode[] = [];
  const named = (name: string) => `${y}/${name}`;
  const constant = (name: string, data: OnnxConstant['data'], shape: readonly number[]) => {
    constants.push({ name: named(name), shape, data });
    return named(name);
  };
  const node = (op: string, from: readonly string[], to: string, more: OnnxNode['attributes'] = {}) => {
    nodes.push({ op, domain: '', inputs: from, outputs: [to], attributes: more });
    return to;
  };
  const axes = constant('axes', BigInt64Array.of(0n, 2n), [2]);
  const row = constant('row', BigInt64Array.of(1n, -1n, 1n), [3]);
  const vector = constant('vector', BigInt64Array.of(-1n), [1]);
  const { epsilon } = attributes;
  const added = typeof epsilon === 'object' && 'float' in epsilon ? epsilon.float : 1e-5;

  const means = node('ReduceMean', [x, axes], named('mean'), { keepdims: 1 });
  const centred = node('Sub', [x, means], named('centred'));
  const squares = node('Mul', [centred, centred], named('squares'));
  const spread = node('ReduceMean', [squares, axes], named('variance'), { keepdims: 1 });
  const raised = node('Add', [spread, constant('epsilon', Float32Array.of(added), [])], named('raised'));
  const deviation = node('Sqrt', [raised], named('deviation'));
  const scale = node('Div', [node('Reshape', [gamma, row], named('gamma')), deviation], named('scale'));
  const scaled = node('Mul', [centred, scale], named('scaled'));
  node('Add', [scaled, node('Reshape', [beta, row], named('beta'))], y);
  node('Reshape', [means, vector], mean);
  node('Reshape', [spread, vector], variance);
  return nodes;
}
