/**
 * MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019) as Keras builds it, whose names and rounding of
 * widths are kept so that its weights load by name. `tiny` is Frill's own: `small` less two blocks.
 */
import type { Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { flatten } from '../graph/ops/flatten.js';
import { globalAveragePool } from '../graph/ops/global-average-pool.js';
import { hardSigmoid } from '../graph/ops/hard-sigmoid.js';
import { hardSwish } from '../graph/ops/hard-swish.js';
import { multiply } from '../graph/ops/multiply.js';
import { relu } from '../graph/ops/relu.js';
import { rescale } from '../graph/ops/rescale.js';
import type { LayerOptions, Layers } from './layers.js';
import type { StudentConfig } from './student-config.js';

/** Keras' defaults in MobileNetV3. */
export const MOBILENET_LAYERS: LayerOptions = {
  epsilon: 1e-3,
  momentum: 0.999,
  convolutions: 'glorot-uniform',
};

/** What Keras' layer makes of pixels from 0 to 255. */
const KERAS_RESCALING = { scale: 1 / 127.5, offset: -1 };

/** One inverted residual block, at width 1. */
interface Block {
  /** How much wider than its input the block is inside; the first block is not expanded at all. */
  readonly expansion: number;
  readonly filters: number;
  readonly kernel: 3 | 5;
  readonly stride: 1 | 2;
  /** Squeeze-and-excite or none. */
  readonly excite: 'se' | '-';
  readonly activation: 'relu' | 'hard-swish';
}

function block(
  expansion: number,
  filters: number,
  kernel: 3 | 5,
  stride: 1 | 2,
  excite: 'se' | '-',
  activation: 'relu' | 'hard-swish',
): Block {
  return { expansion, filters, kernel, stride, excite, activation };
}

const SMALL = [
  block(1, 16, 3, 2, 'se', 'relu'),
  block(4.5, 24, 3, 2, '-', 'relu'),
  block(88 / 24, 24, 3, 1, '-', 'relu'),
  block(4, 40, 5, 2, 'se', 'hard-swish'),
  block(6, 40, 5, 1, 'se', 'hard-swish'),
  block(6, 40, 5, 1, 'se', 'hard-swish'),
  block(3, 48, 5, 1, 'se', 'hard-swish'),
  block(3, 48, 5, 1, 'se', 'hard-swish'),
  block(6, 96, 5, 2, 'se', 'hard-swish'),
  block(6, 96, 5, 1, 'se', 'hard-swish'),
  block(6, 96, 5, 1, 'se', 'hard-swish'),
];

const LARGE = [
  block(1, 16, 3, 1, '-', 'relu'),
  block(4, 24, 3, 2, '-', 'relu'),
  block(3, 24, 3, 1, '-', 'relu'),
  block(3, 40, 5, 2, 'se', 'relu'),
  block(3, 40, 5, 1, 'se', 'relu'),
  block(3, 40, 5, 1, 'se', 'relu'),
  block(6, 80, 3, 2, '-', 'hard-swish'),
  block(2.5, 80, 3, 1, '-', 'hard-swish'),
  block(2.3, 80, 3, 1, '-', 'hard-swish'),
  block(2.3, 80, 3, 1, '-', 'hard-swish'),
  block(6, 112, 3, 1, 'se', 'hard-swish'),
  block(6, 112, 3, 1, 'se', 'hard-swish'),
  block(6, 160, 5, 2, 'se', 'hard-swish'),
  block(6, 160, 5, 1, 'se', 'hard-swish'),
  block(6, 160, 5, 1, 'se', 'hard-swish'),
];

/** The first convolution, of any width. */
const STEM = { filters: 16, kernel: 3, stride: 2 } as const;

/** Blocks, and the filters of the last convolution, which widths below 1 do not narrow. */
const SIZES = {
  tiny: { blocks: SMALL.filter((_, i) => i !== 7 && i !== 10), last: 512 },
  small: { blocks: SMALL, last: 1024 },
  large: { blocks: LARGE, last: 1280 },
} as const;

/** Keras' `_depth`: the nearest multiple of 8, but never less than 90 % of what was asked for. */
export function roundWidth(width: number): number {
  const rounded = Math.max(8, Math.floor((width + 4) / 8) * 8);
  return rounded < 0.9 * width ? rounded + 8 : rounded;
}

/** A block by its name in the weights. */
export interface NamedBlock {
  readonly name: string;
  /** Its place among the blocks of `small` or `large`; `tiny` has those of `small`. */
  readonly like: number;
  /** Whether its input is added to its output. */
  readonly hasShortcut: boolean;
}

/** The blocks of a network, from its input on. */
export function blocksOf({ size, width }: Pick<StudentConfig, 'size' | 'width'>): NamedBlock[] {
  const { blocks } = SIZES[size];
  const channels = [STEM.filters, ...blocks.map(({ filters }) => roundWidth(filters * width))];
  const all: readonly Block[] = size === 'large' ? LARGE : SMALL;
  return blocks.map((block, i) => ({
    name: blockName(i),
    like: all.indexOf(block),
    hasShortcut: block.stride === 1 && channels[i] === channels[i + 1],
  }));
}

function blockName(index: number): string {
  return index === 0 ? 'expanded_conv' : `expanded_conv_${index}`;
}

const activations = { relu, 'hard-swish': hardSwish };

/** Windows [N, time, mel, C], through the input layer, -> features [N, F], the input of the bottleneck. */
export function mobileNetV3(
  x: Value,
  layers: Layers,
  { size, width, pooling, input }: Pick<StudentConfig, 'size' | 'width' | 'pooling' | 'input'>,
): Value {
  const { blocks, last } = SIZES[size];
  let y = hardSwish(
    input === 'standardise'
      ? layers.standardisedConv2d(x, 'Conv', STEM)
      : layers.normalisedConv2d(rescale(x, KERAS_RESCALING), 'Conv', STEM),
  );
  for (const [i, block] of blocks.entries()) y = invertedResidual(y, layers, blockName(i), block, width);
  y = hardSwish(layers.normalisedConv2d(y, 'Conv_1', { filters: roundWidth(y.shape[3] * 6), kernel: 1 }));

  if (pooling === 'gap') y = globalAveragePool(y);
  const filters = width > 1 ? roundWidth(last * width) : last;
  return flatten(hardSwish(layers.conv2d(y, 'Conv_2', { filters, kernel: 1, bias: 'bias' })));
}

/** Expand with 1x1, filter each channel, excite, project with 1x1 without an activation; a shortcut where shapes allow. */
function invertedResidual(x: Value, layers: Layers, name: string, block: Block, width: number): Value {
  const activation = activations[block.activation];
  const channels = x.shape[3];
  let y = x;
  if (block.expansion !== 1) {
    const filters = roundWidth(channels * block.expansion);
    y = activation(layers.normalisedConv2d(y, `${name}/expand`, { filters, kernel: 1 }));
  }
  y = layers.depthwiseConv2d(y, `${name}/depthwise`, block);
  y = activation(layers.batchNorm(y, `${name}/depthwise`));
  if (block.excite === 'se') y = squeezeExcite(y, layers, `${name}/squeeze_excite`);
  y = layers.normalisedConv2d(y, `${name}/project`, {
    filters: roundWidth(block.filters * width),
    kernel: 1,
  });
  return block.stride === 1 && y.shape[3] === channels ? add(x, y) : y;
}

/** Weighs the channels by what all of the image says about them. */
function squeezeExcite(x: Value, layers: Layers, name: string): Value {
  const channels = x.shape[3];
  const squeezed = layers.conv2d(globalAveragePool(x), `${name}/Conv`, {
    filters: roundWidth(channels / 4),
    kernel: 1,
    bias: 'bias',
  });
  const gate = layers.conv2d(relu(squeezed), `${name}/Conv_1`, {
    filters: channels,
    kernel: 1,
    bias: 'bias',
  });
  return multiply(x, hardSigmoid(gate));
}
