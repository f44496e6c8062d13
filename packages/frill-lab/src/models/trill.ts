/**
 * TRILL, the teacher: a ResNet-50 (He et al., 2016; stride in the 3x3 convolution) on one log-mel window, trained by
 * temporal proximity: windows close in time of one clip are embedded close together, windows of other clips apart
 * (Shor et al., Interspeech 2020; Jansen et al., ICASSP 2018). Students learn its `layer19`, the last feature map;
 * the 512-d embedding is what the triplet loss sees.
 *
 * The published account leaves the margin, the mining and the exact modification of ResNet-50 open: here they are
 * options, semi-hard negatives inside the batch, and none.
 */
import { z } from 'zod';
import { Graph, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { flatten } from '../graph/ops/flatten.js';
import { globalAveragePool } from '../graph/ops/global-average-pool.js';
import { l2Normalise } from '../graph/ops/l2-normalise.js';
import { maxPool } from '../graph/ops/max-pool.js';
import { relu } from '../graph/ops/relu.js';
import { squaredDistances } from '../graph/ops/squared-distances.js';
import { tripletLoss } from '../graph/ops/triplet-loss.js';
import { type LayerOptions, Layers, type Mode } from './layers.js';
import { WINDOW_SHAPE } from './student.js';

export const trillConfigSchema = z.object({
  /** Filters of the 7x7 convolution. */
  stem: z.int().positive().default(64),
  /** Width inside the blocks of each stage; what a block gives out is 4 times as wide. */
  widths: z.array(z.int().positive()).min(1).max(4).default([64, 128, 256, 512]),
  /** Blocks of each stage; the first of every stage but the first halves the map. */
  depths: z.array(z.int().positive()).min(1).max(4).default([3, 4, 6, 3]),
  /** Width of the embedding. */
  embedding: z.int().positive().default(512),
  /** Margin of the triplet loss, in squared distance of unit vectors. */
  margin: z.number().positive().default(0.1),
});

/** One TRILL; `trillConfigSchema.parse({})` is the full size. */
export type TrillConfig = z.infer<typeof trillConfigSchema>;

/** What can be taken from it: the last feature map, flattened, or the unit vector of the triplet loss. */
export const TRILL_OUTPUTS = ['layer19', 'embedding'] as const;
export type TrillOutput = (typeof TRILL_OUTPUTS)[number];

export interface Trill {
  readonly graph: Graph;
  /** Log-mel windows [batch, 96, 64, 1]. */
  readonly input: Value;
  /** The last feature map, flattened: [batch, 12288] at full size. */
  readonly layer19: Value;
  /** Unit vectors [batch, embedding]. */
  readonly embedding: Value;
  /** Input [batch]: windows of one number are each other's positives. */
  readonly labels: Value;
  /** Semi-hard triplet loss, []. */
  readonly loss: Value;
}

/** He et al.'s initialisation; the momentum of Keras' ResNet-50. */
const RESNET_LAYERS: LayerOptions = { epsilon: 1e-5, momentum: 0.99, convolutions: 'he-normal' };

/** How much wider a block's output is than its inside. */
const EXPANSION = 4;

/** The network with its loss; what a use does not need, an engine does not compute. */
export function buildTrill(
  { stem, widths, depths, embedding: width, margin }: TrillConfig,
  { batch, mode }: { readonly batch: number; readonly mode: Mode },
): Trill {
  if (widths.length !== depths.length)
    throw new RangeError(
      `TRILL: ${widths.length} widths and ${depths.length} depths; give one of each a stage`,
    );
  const graph = new Graph();
  const layers = new Layers(graph, mode, RESNET_LAYERS);
  const input = graph.input('log_mel', [batch, ...WINDOW_SHAPE, 1]);

  let y = layers.standardisedConv2d(input, 'stem', { filters: stem, kernel: 7, stride: 2 });
  y = maxPool(relu(y), { window: 3, stride: 2 });
  for (const [stage, inside] of widths.entries())
    for (let block = 0; block < depths[stage]; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      y = bottleneckBlock(y, layers, `stage${stage + 1}/block${block + 1}`, inside, stride);
    }

  const layer19 = flatten(y);
  const embedding = l2Normalise(layers.dense(flatten(globalAveragePool(y)), 'embedding', width));
  const labels = graph.input('labels', [batch]);
  const loss = tripletLoss(squaredDistances(embedding, embedding), labels, { margin });
  return { graph, input, layer19, embedding, labels, loss };
}

/** Reduce with 1x1, filter with 3x3, restore with 1x1; the shortcut is projected where the shape changes. */
function bottleneckBlock(x: Value, layers: Layers, name: string, inside: number, stride: number): Value {
  const outside = inside * EXPANSION;
  const normalised = (x: Value, layer: string, filters: number, kernel: number, stride = 1) =>
    layers.normalisedConv2d(x, `${name}/${layer}`, { filters, kernel, stride });

  let y = relu(normalised(x, 'reduce', inside, 1));
  y = relu(normalised(y, 'filter', inside, 3, stride));
  y = normalised(y, 'restore', outside, 1);
  const isPlain = stride === 1 && x.shape[3] === outside;
  return relu(add(isPlain ? x : normalised(x, 'shortcut', outside, 1, stride), y));
}
