/**
 * For inference a batch normalisation is a scale and a shift per channel, and a convolution or dense layer before it can do both:
 *
 *   gamma (x * w + b - mean) / sqrt(variance + epsilon) + beta  =  x * (s w) + (s (b - mean) + beta),
 *   s = gamma / sqrt(variance + epsilon)
 */
import { mapTensor, type ParameterTensors, type Tensor, tensor } from '../tensor/tensor.js';
import type { Graph, Node, Value } from './graph.js';
import { neededNodes } from './needed.js';
import { type BatchNormAttributes, batchNormOp } from './ops/batch-norm.js';
import { conv2dOp } from './ops/conv2d.js';
import { denseOp } from './ops/dense.js';
import { depthwiseConv2dOp } from './ops/depthwise-conv2d.js';
import { type Folded, folding, parameterOf, rewrite, usesOf } from './rewrite.js';

/** A layer and the normalisation that it takes over. */
interface Fold {
  readonly layer: Node;
  readonly normalisation: Node;
  readonly epsilon: number;
  /** Names in the new graph. */
  readonly kernel: string;
  readonly bias: string;
}

/** The axis of output channels of a kernel, for the layers that can take a normalisation over. */
const channelAxis = new Map([
  [conv2dOp.name, 3],
  [depthwiseConv2dOp.name, 2],
  [denseOp.name, 1],
]);

/** Copies what `outputs` need, with every inference-form batch normalisation folded into the layer before it where there is one. */
export function foldBatchNorm(outputs: readonly Value[]): Folded {
  const folds = findFolds(outputs);
  const byNormalisation = new Map(folds.map((fold) => [fold.normalisation, fold]));
  const layers = new Set(folds.map((fold) => fold.layer));

  const rewritten = rewrite(outputs, (node, at, graph) => {
    if (layers.has(node)) return [];
    const fold = byNormalisation.get(node);
    return fold ? foldedLayer(fold, at, graph) : null;
  });

  return folding(rewritten, (parameters) => folds.flatMap((fold) => foldedWeights(fold, parameters)));
}

function findFolds(outputs: readonly Value[]): Fold[] {
  const uses = usesOf(outputs);
  return neededNodes(outputs).flatMap((normalisation): Fold[] => {
    if (!isBatchNorm(normalisation)) return [];
    const [x] = normalisation.inputs;
    if (x.source.kind !== 'node' || uses.get(x) !== 1) return [];
    const layer = x.source.node;
    const [, kernel, bias] = layer.inputs;
    if (!channelAxis.has(layer.op.name) || kernel.source.kind !== 'weight' || uses.get(kernel) !== 1)
      return [];
    const { epsilon } = normalisation.attributes;
    const biasName = bias?.name ?? kernel.name.replace(/[^/]*$/, 'bias');
    return [{ layer, normalisation, epsilon, kernel: kernel.name, bias: biasName }];
  });
}

function isBatchNorm(node: Node): node is Node<BatchNormAttributes> {
  return node.op.name === batchNormOp.name;
}

function foldedLayer(
  { layer, kernel, bias }: Fold,
  at: (value: Value) => Value,
  graph: Graph,
): readonly Value[] {
  const [x, oldKernel] = layer.inputs;
  const channels = layer.outputs[0].shape.at(-1) ?? 0;
  return graph.apply(
    layer.op,
    [
      at(x),
      graph.weight(kernel, oldKernel.shape, { kind: 'zeros' }),
      graph.weight(bias, [channels], { kind: 'zeros' }),
    ],
    layer.attributes,
  );
}

function foldedWeights(
  { layer, normalisation, epsilon, kernel, bias }: Fold,
  parameters: ParameterTensors,
): [string, Tensor][] {
  const [gamma, beta, mean, variance] = normalisation.inputs
    .slice(1)
    .map(({ name }) => parameterOf(parameters, name).data);
  const scale = gamma.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  const old = parameterOf(parameters, kernel);
  const axis = channelAxis.get(layer.op.name) ?? 0;
  const inner = old.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const oldBias = layer.inputs[2] ? parameterOf(parameters, bias).data : new Float64Array(scale.length);
  return [
    [kernel, mapTensor(old, (w, i) => w * scale[Math.floor(i / inner) % scale.length])],
    [
      bias,
      tensor(
        [scale.length],
        scale.map((s, c) => s * (oldBias[c] - mean[c]) + beta[c]),
      ),
    ],
  ];
}
