/**
 * A standardising input layer is a scale and an offset, the same for every pixel and for the border of zeros around
 * them. The convolution above it, which pads no more, can do all of that, border and all:
 *
 *   w ((x - mean) / deviation) + b  =  (w / deviation) x + (b - sum(w) mean / deviation)
 */
import { mapTensor, type ParameterTensors, type Tensor, tensor } from '../tensor/tensor.js';
import type { Node, Value } from './graph.js';
import { neededNodes } from './needed.js';
import { conv2dOp } from './ops/conv2d.js';
import { standardiseOp } from './ops/standardise.js';
import { type Folded, folding, parameterOf, rewrite, usesOf } from './rewrite.js';
import type { Sliding } from './sliding-window.js';

/** A standardisation and the layer that takes it over. */
interface Fold {
  readonly standardisation: Node<Pick<Sliding, 'margins'>>;
  readonly layer: Node<Sliding>;
  /** Names in the new graph. */
  readonly kernel: string;
  readonly bias: string;
}

/** Copies what `outputs` need, with every standardisation folded into the convolution above it where there is one alone. */
export function foldStandardise(outputs: readonly Value[]): Folded {
  const folds = findFolds(outputs);
  const byLayer = new Map<Node, Fold>(folds.map((fold) => [fold.layer, fold]));
  const standardisations = new Set<Node>(folds.map(({ standardisation }) => standardisation));

  const rewritten = rewrite(outputs, (node, at, graph) => {
    if (standardisations.has(node)) return [];
    const fold = byLayer.get(node);
    if (!fold) return null;
    const { standardisation, layer, kernel, bias } = fold;
    const { shape } = layer.inputs[1];
    const weights = [
      graph.weight(kernel, shape, { kind: 'zeros' }),
      graph.weight(bias, [shape[3]], { kind: 'zeros' }),
    ];
    const { margins } = standardisation.attributes;
    return graph.apply(layer.op, [at(standardisation.inputs[0]), ...weights], {
      ...layer.attributes,
      margins,
    });
  });

  return folding(rewritten, (parameters) => folds.flatMap((fold) => foldedWeights(fold, parameters)));
}

function findFolds(outputs: readonly Value[]): Fold[] {
  const uses = usesOf(outputs);
  return neededNodes(outputs).flatMap((layer): Fold[] => {
    if (!isConvolution(layer) || !isUnpadded(layer.attributes)) return [];
    const [x, kernel, bias] = layer.inputs;
    if (x.source.kind !== 'node' || uses.get(x) !== 1) return [];
    const standardisation = x.source.node;
    if (!isStandardisation(standardisation) || kernel.source.kind !== 'weight' || uses.get(kernel) !== 1)
      return [];
    const biasName = bias?.name ?? kernel.name.replace(/[^/]*$/, 'bias');
    return [{ standardisation, layer, kernel: kernel.name, bias: biasName }];
  });
}

function isConvolution(node: Node): node is Node<Sliding> {
  return node.op.name === conv2dOp.name;
}

function isStandardisation(node: Node): node is Node<Pick<Sliding, 'margins'>> {
  return node.op.name === standardiseOp.name;
}

function isUnpadded({ margins }: Sliding): boolean {
  return Object.values(margins).every((margin) => margin === 0);
}

function foldedWeights(
  { standardisation, layer, kernel, bias }: Fold,
  parameters: ParameterTensors,
): [string, Tensor][] {
  const [mean, deviation] = standardisation.inputs
    .slice(1)
    .map(({ name }) => parameterOf(parameters, name).data[0]);
  const scaled = mapTensor(parameterOf(parameters, kernel), (w) => w / deviation);
  const offsets = layer.inputs[2]
    ? parameterOf(parameters, bias).data.slice()
    : new Float64Array(scaled.shape[3]);
  for (const [i, w] of scaled.data.entries()) offsets[i % offsets.length] -= w * mean;
  return [
    [kernel, scaled],
    [bias, tensor([offsets.length], offsets)],
  ];
}
