/**
 * A network in memory as a representation, without a file: a teacher that was just trained, or any graph from log-mel
 * windows to rows. It runs in onnxruntime, with batch normalisation folded.
 */
import { FRILL_FRONTEND, type FrontendParameters, loadFrontend } from 'frill';
import { compileOrt } from '../engine/ort/compile.js';
import { foldBatchNorm } from '../graph/fold-batch-norm.js';
import type { Value } from '../graph/graph.js';
import { contentName } from '../run/content-name.js';
import { type ParameterTensors, sizeOf, type Weights } from '../tensor/tensor.js';
import { padded, type Representation } from './representation.js';
import { buildTrill, type TrillConfig } from './trill.js';

/** A trained network between two of its values. */
export interface GraphModel {
  /** Shown in tables. */
  readonly name: string;
  /** Input of the graph: log-mel windows [batch, frames, bands, 1]. */
  readonly input: Value;
  /** [batch, dimension], in inference form. */
  readonly output: Value;
  readonly weights: ParameterTensors;
}

export interface FromGraphOptions {
  readonly frontend?: FrontendParameters | undefined;
  /** Frames from one window to the next, the front end's (17) by default. */
  readonly hopFrames?: number | undefined;
  /** Threads within an operation, 1 by default. */
  readonly threads?: number | undefined;
}

/** Windows of a clip go through in batches of the graph's own size; the last one is filled up with zeros. */
export async function representationFromGraph(
  { name, input, output, weights }: GraphModel,
  {
    frontend: parameters = FRILL_FRONTEND,
    hopFrames = parameters.frameHop,
    threads = 1,
  }: FromGraphOptions = {},
): Promise<Representation> {
  const folded = foldBatchNorm([output]);
  const exported = inFloat32(folded.weights(weights));
  const program = await compileOrt(folded.graph, [folded.at(output)], exported, { threads });
  const frontend = await loadFrontend({ ...parameters, frameHop: hopFrames });
  const [batch, dimension] = output.shape;
  const windowSize = sizeOf(input.shape) / batch;
  const nodes = folded.graph.nodes.map(({ op, attributes }) => [op.name, attributes]);
  const tensors = [...exported].map(([tensor, { data }]) => [tensor, contentName(bytesOf(data))]);

  return {
    name,
    identity: contentName({ nodes, tensors, frontend: parameters, hopFrames }),
    dimension,
    grid: 'windows',
    async embed(samples) {
      const { count, data: windows } = frontend.windows(padded(samples));
      const data = new Float32Array(count * dimension);
      for (let done = 0; done < count; done += batch) {
        const fed = new Float32Array(batch * windowSize);
        fed.set(windows.subarray(done * windowSize, (done + batch) * windowSize));
        const [rows] = await program.run(new Map([[folded.at(input), fed]]));
        data.set(rows.data.subarray(0, Math.min(batch, count - done) * dimension), done * dimension);
      }
      return { count, data };
    },
    close() {
      void program.close();
    },
  };
}

/** A trained TRILL: `layer19` is what students learn, `embedding` what its own loss saw. */
export function trillRepresentation(
  config: TrillConfig,
  weights: ParameterTensors,
  { output, batch = 32, ...options }: FromGraphOptions & { output: 'layer19' | 'embedding'; batch?: number },
): Promise<Representation> {
  const trill = buildTrill(config, { batch, mode: 'inference' });
  const model = { name: `trill-${output}`, input: trill.input, output: trill[output], weights };
  return representationFromGraph(model, options);
}

function inFloat32(weights: ParameterTensors): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
