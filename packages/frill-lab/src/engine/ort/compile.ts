/**
 * Inference in onnxruntime: the graph's values in float32, with the weights written into the model, so that
 * onnxruntime folds and repacks them once.
 */
import type { Graph, Value } from '../../graph/graph.js';
import { neededLeaves } from '../../graph/needed.js';
import { type FloatArray, sizeOf, type Tensor, type Weights } from '../../tensor/tensor.js';
import type { Program } from '../engine.js';
import { GraphWriter } from './graph-writer.js';
import { Session, type SessionOptions } from './session.js';

/**
 * A program that computes `outputs`. Feeds may be float64; they are rounded. Results are fresh arrays.
 * Throws when `weights` lacks a parameter that the outputs depend on, or holds it in another shape.
 */
export async function compileOrt(
  graph: Graph,
  outputs: readonly Value[],
  weights: Weights,
  options: SessionOptions,
): Promise<Program> {
  const writer = new GraphWriter();
  const inputs: Value[] = [];
  for (const leaf of neededLeaves(outputs)) {
    if (leaf.graph !== graph) throw new Error(`${leaf.name} belongs to another graph`);
    if (leaf.source.kind === 'input') inputs.push(leaf);
    else if (leaf.source.kind !== 'constant') writer.embed(leaf, parameterData(leaf, weights));
  }
  const feedNames = inputs.map((input) => writer.feed(input));
  writer.write(outputs);
  const fetchNames = outputs.map((output) => writer.fetch(output));
  const session = await Session.create(writer.model(), options);

  return {
    async run(feeds): Promise<Tensor<Float32Array>[]> {
      const results = outputs.map(({ shape }) => ({ shape, data: new Float32Array(sizeOf(shape)) }));
      await session.run(
        Object.fromEntries(
          inputs.map((input, at) => [feedNames[at], session.bind(feedNames[at], fedData(input, feeds))]),
        ),
        Object.fromEntries(fetchNames.map((name, at) => [name, session.bind(name, results[at].data)])),
      );
      return results;
    },
    close: () => session.close(),
  };
}

/** What is fed for an input, as float32. */
export function fedData(input: Value, feeds: ReadonlyMap<Value, FloatArray>): Float32Array {
  const data = feeds.get(input);
  if (!data) throw new Error(`input ${input.name} is not fed`);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

/** A parameter's numbers; throws when they are absent or do not fit. */
export function parameterData(parameter: Value, weights: Weights): Float32Array {
  const found = weights.get(parameter.name);
  if (!found) throw new Error(`weights: ${parameter.name} is missing`);
  if (found.data.length !== sizeOf(parameter.shape))
    throw new Error(`weights: ${parameter.name} is [${found.shape}], the network wants [${parameter.shape}]`);
  return found.data;
}
