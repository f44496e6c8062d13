/**
 * Weights that a student takes over from a finished one of its family, so that it need not learn anew what that one knows: of
 * a narrower or shorter network the channels and blocks that are left (network pruning: Li et al., ICLR 2017), of a shorter
 * embedding its first values, of a flattened bottleneck the pooled one's at every place, and the other way round. A wider network
 * has channels more than once, and says at first what the narrow one says (Net2WiderNet: Chen et al., ICLR 2016).
 *
 * Channels that meet in a sum or in one layer must be the same ones everywhere: the network is walked from its input on, and
 * wherever a channel is made, those are chosen that weigh most in what comes after.
 */
import { InputError } from 'frill-audio';
import { STANDARDISATION } from '../models/layers.js';
import { blocksOf } from '../models/mobilenet-v3.js';
import { buildStudent } from '../models/student.js';
import { type StudentConfig, studentName } from '../models/student-config.js';
import { random } from '../tensor/random.js';
import { type ParameterTensors, sizeOf, type Weights } from '../tensor/tensor.js';

export interface Ancestor {
  readonly config: StudentConfig;
  readonly weights: ParameterTensors;
}

/** Place in the ancestor's tensor that each place along an axis of the new tensor comes from. */
type Kept = readonly number[];

/** Deviation of the shares by which the copies of a channel are heard, around equal ones. */
const UNEVENNESS = 0.5;

/**
 * The weights of a student of `config`, all of them. Throws InputError where the ancestor has a shorter embedding, is of the other
 * family (large beside tiny and small), has another input layer, or its bottleneck in factors.
 */
export function inheritWeights(ancestor: Ancestor, config: StudentConfig): Weights {
  refuseStrangers(ancestor.config, config);
  const heir = new Heir(ancestor, config);
  for (const name of Object.values(STANDARDISATION)) heir.take(name, []);

  let channels = heir.choose('Conv/kernel', 3, heir.norms('Conv/BatchNorm/gamma', 0));
  heir.takeKernel('Conv/kernel', undefined, channels);
  heir.takeNormalisation('Conv', 'Conv', channels);
  const blocks = blocksOf(config);
  const theirs = new Map(blocksOf(ancestor.config).map(({ like, name }) => [like, name]));
  for (const { name, like, hasShortcut } of blocks) {
    const from = theirs.get(like) ?? name;
    channels = inheritBlock(heir, { name, from, hasShortcut }, channels);
  }
  const last = heir.choose(
    'Conv_1/kernel',
    3,
    product(heir.norms('Conv_1/BatchNorm/gamma', 0), heir.norms('Conv_2/kernel', 2)),
  );
  heir.takeKernel('Conv_1/kernel', channels, last);
  heir.takeNormalisation('Conv_1', 'Conv_1', last);
  heir.takeBottleneck(last);
  return heir.weights;
}

/** Throws InputError where the one cannot start from the other. */
export function refuseStrangers(from: StudentConfig, to: StudentConfig): void {
  const isLarge = ({ size }: StudentConfig) => size === 'large';
  const why =
    isLarge(from) !== isLarge(to) || (from.size === 'tiny' && to.size === 'small')
      ? 'it lacks blocks'
      : from.input !== to.input
        ? 'its input layer is another'
        : from.compression.kind === 'low-rank'
          ? 'its bottleneck is in factors'
          : to.bottleneck > from.bottleneck
            ? `its embedding has ${from.bottleneck} values, not ${to.bottleneck}`
            : undefined;
  if (why !== undefined)
    throw new InputError({
      what: `${studentName(to)} cannot start from ${studentName(from)}: ${why}`,
      remedy: 'Start from a student of the same kind that is at least as long and as deep, without -lowrank',
    });
}

/** Returns the channels that the block passes on. */
function inheritBlock(
  heir: Heir,
  {
    name,
    from,
    hasShortcut,
  }: { readonly name: string; readonly from: string; readonly hasShortcut: boolean },
  channels: Kept,
): Kept {
  let inside = channels;
  if (heir.has(`${name}/expand/kernel`)) {
    const weight = product(
      heir.norms(`${from}/depthwise/BatchNorm/gamma`, 0),
      heir.norms(`${from}/project/kernel`, 2),
    );
    inside = heir.choose(`${name}/expand/kernel`, 3, weight);
    heir.takeKernel(`${name}/expand/kernel`, channels, inside, `${from}/expand/kernel`);
    heir.takeNormalisation(`${name}/expand`, `${from}/expand`, inside);
  }
  const depthwise = 'depthwise/depthwise_kernel';
  heir.take(`${name}/${depthwise}`, [undefined, undefined, inside, undefined], `${from}/${depthwise}`);
  heir.takeNormalisation(`${name}/depthwise`, `${from}/depthwise`, inside);

  const [gate, its] = [`${name}/squeeze_excite`, `${from}/squeeze_excite`];
  if (heir.has(`${gate}/Conv/kernel`)) {
    const squeezed = heir.choose(`${gate}/Conv/kernel`, 3, heir.norms(`${its}/Conv_1/kernel`, 2));
    heir.takeKernel(`${gate}/Conv/kernel`, inside, squeezed, `${its}/Conv/kernel`);
    heir.take(`${gate}/Conv/bias`, [squeezed], `${its}/Conv/bias`);
    heir.takeKernel(`${gate}/Conv_1/kernel`, squeezed, inside, `${its}/Conv_1/kernel`);
    heir.take(`${gate}/Conv_1/bias`, [inside], `${its}/Conv_1/bias`);
  }
  const out = hasShortcut
    ? channels
    : heir.choose(`${name}/project/kernel`, 3, heir.norms(`${from}/project/BatchNorm/gamma`, 0));
  heir.takeKernel(`${name}/project/kernel`, inside, out, `${from}/project/kernel`);
  heir.takeNormalisation(`${name}/project`, `${from}/project`, out);
  return out;
}

/** Collects the weights of the new student out of the ancestor's. */
class Heir {
  readonly weights: Weights = new Map();
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(
    private readonly ancestor: Ancestor,
    config: StudentConfig,
  ) {
    const { graph } = buildStudent(
      { ...config, compression: { kind: 'none' } },
      { batch: 1, mode: 'inference' },
    );
    this.#shapes = new Map(graph.parameters.map(({ name, shape }) => [name, shape]));
  }

  has(name: string): boolean {
    return this.#shapes.has(name);
  }

  /** The squared weights of each place along an axis of a tensor of the ancestor, added up. */
  norms(name: string, axis: number): Float64Array {
    const { shape, data } = this.#theirs(name);
    const sums = new Float64Array(shape[axis]);
    const after = sizeOf(shape.slice(axis + 1));
    for (let i = 0; i < data.length; i++) sums[Math.floor(i / after) % shape[axis]] += data[i] ** 2;
    return sums;
  }

  /** Places along an axis, as many as the new tensor has: those of the largest weight, once or as often as it takes, in their order. */
  choose(name: string, axis: number, weight: Float64Array): Kept {
    const places = Array.from(weight.keys()).sort((a, b) => weight[b] - weight[a] || a - b);
    return Array.from({ length: this.#shape(name)[axis] }, (_, i) => places[i % places.length]).sort(
      (a, b) => a - b,
    );
  }

  /** A convolution's kernel [rows, columns, ins, outs]: what hears a channel's copies hears them as the one. */
  takeKernel(name: string, ins: Kept | undefined, outs: Kept, from = name): void {
    const { shape, data } = this.take(name, [undefined, undefined, ins, outs], from);
    if (ins) shareInputs(data, ins, shape[3], name);
  }

  /** Takes over a tensor, of each axis the places that are kept; all where undefined. */
  take(name: string, kept: readonly (Kept | undefined)[], from = name) {
    const theirs = this.#theirs(from);
    const shape = this.#shape(name);
    const places = theirs.shape.map((length, axis) => kept[axis] ?? Array.from({ length }, (_, i) => i));
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      let [rest, at, step] = [i, 0, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += step * places[axis][rest % shape[axis]];
        rest = Math.floor(rest / shape[axis]);
        step *= theirs.shape[axis];
      }
      data[i] = theirs.data[at];
    }
    const tensor = { shape, data };
    this.weights.set(name, tensor);
    return tensor;
  }

  takeNormalisation(name: string, from: string, channels: Kept): void {
    for (const part of ['gamma', 'beta', 'moving_mean', 'moving_variance'])
      this.take(`${name}/BatchNorm/${part}`, [channels], `${from}/BatchNorm/${part}`);
  }

  /** The last convolution, and the bottleneck behind it with or without places. */
  takeBottleneck(channels: Kept): void {
    const { shape: theirShape, data: theirs } = this.#theirs('bottleneck/kernel');
    const [, theirWidth] = theirShape;
    const theirFilters = this.#theirs('Conv_2/bias').shape[0];
    const shape = this.#shape('bottleneck/kernel');
    const [rows, width] = shape;
    const filters = this.#shape('Conv_2/bias')[0];
    const [places, theirPlaces] = [rows / filters, theirShape[0] / theirFilters];
    // What matters of a filter is what it says of the values that are kept, wherever it looks.
    const weight = new Float64Array(theirFilters);
    for (let row = 0; row < theirShape[0]; row++)
      for (let value = 0; value < width; value++)
        weight[row % theirFilters] += theirs[row * theirWidth + value] ** 2;
    const kept = this.choose('Conv_2/kernel', 3, weight);
    this.takeKernel('Conv_2/kernel', channels, kept);
    this.take('Conv_2/bias', [kept]);
    this.take('bottleneck/bias', [Array.from({ length: width }, (_, value) => value)]);
    const data = new Float32Array(sizeOf(shape));
    for (let place = 0; place < places; place++)
      for (let theirPlace = 0; theirPlace < theirPlaces; theirPlace++) {
        if (places === theirPlaces && place !== theirPlace) continue;
        // A mean over places is a part of the whole at each; what was told apart by places is added up.
        const share = theirPlaces === 1 ? 1 / places : 1;
        for (const [filter, theirFilter] of kept.entries())
          for (let value = 0; value < width; value++)
            data[(place * filters + filter) * width + value] +=
              share * theirs[(theirPlace * theirFilters + theirFilter) * theirWidth + value];
      }
    for (let place = 0; place < places; place++)
      shareInputs(
        data.subarray(place * filters * width, (place + 1) * filters * width),
        kept,
        width,
        `bottleneck ${place}`,
      );
    this.weights.set('bottleneck/kernel', { shape, data });
  }

  #shape(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (!shape) throw new Error(`no parameter ${name}`);
    return shape;
  }

  #theirs(name: string) {
    const tensor = this.ancestor.weights.get(name);
    if (!tensor) throw new Error(`the ancestor lacks ${name}`);
    return tensor;
  }
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value * b[i]);
}

/**
 * Weights [..., ins, outs] that hear copies of a channel each hear a share of it, adding up to the whole. The shares are uneven, and
 * other ones for each output: copies that were heard alike would learn the same for ever.
 */
function shareInputs(data: Float32Array, ins: Kept, outs: number, seed: string): void {
  const copies = new Map<number, number[]>();
  for (const [place, channel] of ins.entries()) copies.set(channel, [...(copies.get(channel) ?? []), place]);
  const numbers = random(`shares of ${seed}`);
  for (let start = 0; start < data.length; start += ins.length * outs)
    for (const places of copies.values()) {
      if (places.length === 1) continue;
      for (let out = 0; out < outs; out++) {
        const drawn = places.map(() => numbers.normal(0, UNEVENNESS));
        const mean = drawn.reduce((sum, value) => sum + value, 0) / places.length;
        for (const [i, place] of places.entries())
          data[start + place * outs + out] *= (1 + drawn[i] - mean) / places.length;
      }
    }
}
