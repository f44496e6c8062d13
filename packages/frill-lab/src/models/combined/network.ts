/** The networks of a recipe joined into one ONNX model, from `samples` [N, 15600] to the pooled parts or to the embedding. */
import { ModelError } from 'frill-audio';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../../onnx/onnx-model.js';
import type { OnnxNetwork } from '../../onnx/read-onnx.js';
import { random } from '../../tensor/random.js';
import { sizeOf } from '../../tensor/tensor.js';
import { writePooling } from './pooling.js';
import type { TeacherRecipe } from './recipe.js';
import { dimensionOf, type Scaling, writeScaling } from './scaling.js';
import { readSource } from './sources/index.js';
import { NetworkWriter, renamed, SAMPLES, type SourceTensor, WINDOW_SAMPLES } from './sources/source.js';

/** The pooled parts of a recipe, ready to be run, or to be scaled and joined. */
export interface PooledNetwork {
  /** Values of each part, in the recipe's order. */
  readonly widths: readonly number[];
  /** The .onnx file that gives all of them, one part after the other: `parts` [N, sum of widths]. */
  pooled(): Uint8Array;
  /** The .onnx file that gives the `embedding` [N, dimension]. */
  scaled(scaling: Scaling): Uint8Array;
}

/** Opens all sources of a recipe. Throws ModelError where one is not what the recipe says. */
export async function openPooledNetwork(recipe: TeacherRecipe): Promise<PooledNetwork> {
  const { network, tensors } = await joinSources(recipe);
  const ranks = await ranksOf(network, recipe, tensors);
  const write = new NetworkWriter();
  const vectors = recipe.parts.map(({ pooling }, place) =>
    writePooling(write, tensors[place], ranks[place], pooling),
  );
  const pooling = behindPrefix(write, 'pooling');
  const named = vectors.map((name) => (pooling.made.has(name) ? `pooling/${name}` : name));
  const whole = {
    nodes: [...network.nodes, ...pooling.nodes],
    constants: [...network.constants, ...pooling.constants],
  };
  const widths = (await shapesOf(whole, named)).map(([, width]) => width);

  const withOutput = (name: string, width: number, extend: (write: NetworkWriter) => string) => {
    const last = new NetworkWriter();
    last.node('Identity', [extend(last)], {}, 'result');
    const scaling = behindPrefix(last, 'scaling');
    return encodeModel({
      inputs: [{ name: SAMPLES, shape: ['batch', WINDOW_SAMPLES] }],
      outputs: [{ name, shape: ['batch', width] }],
      constants: [...whole.constants, ...scaling.constants],
      nodes: [
        ...whole.nodes,
        ...scaling.nodes.map((node) => ({
          ...node,
          outputs: node.outputs.map((output) => (output === 'scaling/result' ? name : output)),
        })),
      ],
    });
  };
  const sum = widths.reduce((total, width) => total + width, 0);
  return {
    widths,
    pooled: () => withOutput('parts', sum, (last) => last.node('Concat', named, { axis: 1 })),
    scaled: (scaling) =>
      withOutput('embedding', dimensionOf(scaling, widths), (last) =>
        writeScaling(last, named, recipe, scaling),
      ),
  };
}

/** All sources in one network, each behind its name, and the tensor of each part. */
async function joinSources({ sources, parts }: TeacherRecipe) {
  const nodes: OnnxNetwork['nodes'][number][] = [];
  const constants: OnnxNetwork['constants'][number][] = [];
  const tensors = new Map<string, SourceTensor>();
  for (const [name, source] of Object.entries(sources)) {
    const wanted = [...new Set(parts.flatMap((part) => (part.source === name ? [part.tensor] : [])))];
    if (wanted.length === 0) continue;
    const read = await readSource(source, wanted);
    const prefixed = (old: string) => (old === SAMPLES ? old : `${name}/${old}`);
    const network = renamed(read, prefixed);
    nodes.push(...network.nodes);
    constants.push(...network.constants);
    for (const [called, tensor] of read.tensors)
      tensors.set(`${name}:${called}`, { ...tensor, name: prefixed(tensor.name) });
  }
  return {
    network: { nodes, constants },
    tensors: parts.map(({ source, tensor }) => tensors.get(`${source}:${tensor}`)!),
  };
}

/** Nodes that read tensors of an earlier network, their own names behind a prefix. */
function behindPrefix(write: NetworkWriter, prefix: string) {
  const made = new Set([
    ...write.nodes.flatMap(({ outputs }) => outputs),
    ...write.constants.map(({ name }) => name),
  ]);
  return { ...renamed(write, (name) => (made.has(name) ? `${prefix}/${name}` : name)), made };
}

async function ranksOf(network: OnnxNetwork, { parts }: TeacherRecipe, tensors: readonly SourceTensor[]) {
  const shapes = await shapesOf(
    network,
    tensors.map(({ name }) => name),
  );
  for (const [place, shape] of shapes.entries())
    if (shape[0] !== TRIED || shape.length < 2 || sizeOf(shape) === 0)
      throw new ModelError({
        what: `the tensor '${parts[place].tensor}' is [${shape}] for ${TRIED} windows: it has not one row a window`,
        where: `part '${parts[place].name}'`,
        remedy: 'Name a tensor whose first axis is the batch',
      });
  return shapes.map(({ length }) => length);
}

const TRIED = 2;

/** Shapes of tensors when two windows are given. Throws ModelError where the network cannot be run so. */
async function shapesOf({ nodes, constants }: OnnxNetwork, names: readonly string[]): Promise<number[][]> {
  const unshaped = [...new Set(names)];
  const inputs = [{ name: SAMPLES, shape: ['batch', WINDOW_SAMPLES] }];
  try {
    const session = await InferenceSession.create(
      encodeModel({ inputs, outputs: [], unshaped, constants, nodes }),
      {
        logSeverityLevel: 3,
      },
    );
    try {
      const noise = random('shapes');
      const samples = Float32Array.from({ length: TRIED * WINDOW_SAMPLES }, () => noise.normal(0, 0.1));
      const results = await session.run({
        [SAMPLES]: new Tensor('float32', samples, [TRIED, WINDOW_SAMPLES]),
      });
      return names.map((name) => [...results[name].dims]);
    } finally {
      await session.release();
    }
  } catch (cause) {
    throw new ModelError({
      what: `onnxruntime cannot run the sources on ${TRIED} windows of ${WINDOW_SAMPLES} samples: ${cause instanceof Error ? cause.message : cause}`,
      remedy: 'Every network of a recipe must take any number of windows at once',
      cause,
    });
  }
}
