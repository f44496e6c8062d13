/**
 * A network in memory as a representation, without a file: a teacher that was just trained, or any graph from log-mel
 * windows to rows. It runs in onnxruntime, with batch normalisation folded.
 */
import { FRILL_FRONTEND, type FrontendParameters, loadFrontend } from 'frill';
import { compileOrt } from '../engine/ort/compile.js';
import { foldBatchNorm } from '../graph/fold-batch-norm.js';
import type { Value } from '../graph/graph.js';
import { contentName } from '../run/content-name.js';
import type { ParameterTensors, Weights } from '../tensor/tensor.js';
import { type Embeddings, padded, type Representation } from './representation.js';
import { buildTrill, type TrillConfig } from './trill.js';

/** A trained network, from log-mel windows to rows. */
export interface GraphModel {
  /** Shown in tables. */
  readonly name: string;
  /** The network in inference form: input [batch, frames, bands, 1], output [batch, dimension]. */
  build(batch: number): { readonly input: Value; readonly output: Value };
  readonly weights: ParameterTensors;
}

export interface FromGraphOptions {
  readonly frontend?: FrontendParameters | undefined;
  /** Frames from one window to the next, the front end's (17) by default. */
  readonly hopFrames?: number | undefined;
  /** Threads within an operation, 1 by default. */
  readonly threads?: number | undefined;
  /** Sizes of the runs that a clip's windows are dealt out to, ascending, the first of them 1. */
  readonly batches?: readonly number[] | undefined;
}

/** Opens the network once for every batch size; nothing is computed that is not asked for. */
export async function representationFromGraph(
  { name, build, weights }: GraphModel,
  {
    frontend: parameters = FRILL_FRONTEND,
    hopFrames = parameters.frameHop,
    threads = 1,
    batches = [1, 8],
  }: FromGraphOptions = {},
): Promise<Representation> {
  const programs = await Promise.all(batches.map((batch) => compile(build(batch), weights, threads)));
  const frontend = await loadFrontend({ ...parameters, frameHop: hopFrames });
  const { dimension, nodes, tensors } = programs[0];
  const windowSize = parameters.frames * parameters.melBands;

  const embedAll = async (clips: readonly Float32Array[]): Promise<Embeddings[]> => {
    const parts = clips.map((samples) => frontend.windows(padded(samples)));
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const windows = new Float32Array(count * windowSize);
    let filled = 0;
    for (const part of parts) {
      windows.set(part.data, filled);
      filled += part.data.length;
    }
    const rows = new Float32Array(count * dimension);
    for (let done = 0; done < count; ) {
      const program = programs.findLast(({ batch }) => batch <= count - done) ?? programs[0];
      const fed = windows.slice(done * windowSize, (done + program.batch) * windowSize);
      rows.set(await program.run(fed), done * dimension);
      done += program.batch;
    }
    let first = 0;
    return parts.map((part) => {
      const data = rows.slice(first * dimension, (first + part.count) * dimension);
      first += part.count;
      return { count: part.count, data };
    });
  };

  return {
    name,
    identity: contentName({ nodes, tensors, frontend: parameters, hopFrames }),
    dimension,
    grid: 'windows',
    embed: async (samples) => (await embedAll([samples]))[0],
    embedAll,
    close() {
      for (const program of programs) program.close();
    },
  };
}

async function compile(
  { input, output }: ReturnType<GraphModel['build']>,
  weights: ParameterTensors,
  threads: number,
) {
  const folded = foldBatchNorm([output]);
  const exported = inFloat32(folded.weights(weights));
  const program = await compileOrt(folded.graph, [folded.at(output)], exported, { threads });
  const [batch, dimension] = output.shape;
  return {
    batch,
    dimension,
    /** What the network is, whatever the batch. */
    nodes: folded.graph.nodes.map(({ op }) => op.name),
    tensors: [...exported].map(([tensor, { data }]) => [tensor, contentName(bytesOf(data))]),
    run: async (windows: Float32Array) => (await program.run(new Map([[folded.at(input), windows]])))[0].data,
    close: () => void program.close(),
  };
}

/** A trained TRILL: `layer19` is what students learn, `embedding` the unit vector that its own loss sees. */
export function trillRepresentation(
  config: TrillConfig,
  weights: ParameterTensors,
  { output, ...options }: FromGraphOptions & { readonly output: 'layer19' | 'embedding' },
): Promise<Representation> {
  const build = (batch: number) => {
    const trill = buildTrill(config, { batch, mode: 'inference' });
    return { input: trill.input, output: trill[output] };
  };
  const name = output === 'layer19' ? 'trill' : 'trill-embedding';
  return representationFromGraph({ name, build, weights }, options);
}

function inFloat32(weights: ParameterTensors): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
