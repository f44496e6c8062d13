/**
 * A network in memory as a representation, without a file: a teacher that was just trained, or any graph from log-mel
 * windows to rows. It runs in onnxruntime, as it is exported.
 */
import { FRILL_FRONTEND, type FrontendParameters, WindowModel } from 'frill-audio';
import type { Device } from '../engine/device.js';
import { type Provider, providerOf } from '../engine/ort/provider.js';
import { refuseOtherRow } from '../engine/ort/trust.js';
import { compileReference } from '../engine/reference/reference.js';
import { foldForInference } from '../graph/fold-for-inference.js';
import type { Value } from '../graph/graph.js';
import { contentName } from '../run/content-name.js';
import { random } from '../tensor/random.js';
import { type ParameterTensors, sizeOf, type Weights } from '../tensor/tensor.js';
import { bytesOf } from '../tflite/model.js';
import { emitSubgraph } from '../tflite/subgraph-emitter.js';
import { toOnnx } from '../tflite/to-onnx.js';
import { embedWindows } from './embed-windows.js';
import { type OnnxRunner, openOnnx } from './onnx-runner.js';
import type { Representation } from './representation.js';
import { buildTrill, type TrillConfig, type TrillOutput } from './trill.js';

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
  /** What computes; the processor by default. */
  readonly device?: Device | undefined;
}

/** Compiles the network for any number of windows a run. Throws InputError where there is no such device, DeviceError where it computes something else. */
export async function representationFromGraph(
  { name, build, weights }: GraphModel,
  {
    frontend = FRILL_FRONTEND,
    hopFrames = frontend.frameHop,
    threads = 1,
    device = 'cpu',
  }: FromGraphOptions = {},
): Promise<Representation> {
  const { input, output } = build(1);
  const folded = foldForInference([output]);
  const parameters = inFloat32(folded.weights(weights));
  const network = emitSubgraph({
    input: folded.at(input),
    output: folded.at(output),
    weights: parameters,
    name,
  });
  const onnx = toOnnx(network, {
    inputs: { log_mel: network.inputs[0] },
    outputs: { embedding: network.outputs[0] },
    batch: 'open',
  });
  const provider = await providerOf(device);
  const runner = await openOnnx(onnx, { where: name, threads, provider });
  if (provider !== 'cpu')
    await trustRunner(runner, folded.at(input), folded.at(output), parameters, provider).catch((error) => {
      runner.close();
      throw error;
    });
  const nodes = folded.graph.nodes.map(({ op }) => op.name);
  const tensors = [...parameters].map(([tensor, { data }]) => [tensor, contentName(bytesOf(data))]);
  return {
    ...(await embedWindows(new WindowModel(runner, frontend), frontend, hopFrames, name)),
    name,
    identity: contentName({ nodes, tensors, frontend, hopFrames }),
    engine: 'onnxruntime',
    close: () => runner.close(),
  };
}

/** A trained TRILL: `layer19` is what students learn, `embedding` the unit vector that its own loss sees. */
export function trillRepresentation(
  config: TrillConfig,
  weights: ParameterTensors,
  { output, ...options }: FromGraphOptions & { readonly output: TrillOutput },
): Promise<Representation> {
  const build = (batch: number) => {
    const trill = buildTrill(config, { batch, mode: 'inference' });
    return { input: trill.input, output: trill[output] };
  };
  const name = output === 'layer19' ? 'trill' : 'trill-embedding';
  return representationFromGraph({ name, build, weights }, options);
}

/** Throws DeviceError where the provider gives another row for a window of noise than the definition of the network. */
async function trustRunner(
  runner: OnnxRunner,
  input: Value,
  output: Value,
  weights: Weights,
  provider: Provider,
): Promise<void> {
  const numbers = random('trust');
  // About where log-mel values of speech lie.
  const window = Float32Array.from({ length: sizeOf(input.shape) }, () => numbers.normal(-3, 2));
  const [{ data: expected }] = await compileReference(input.graph, [output], weights).run(
    new Map([[input, window]]),
  );
  const { embedding } = await runner.run({ log_mel: window }, 'b1');
  refuseOtherRow(expected, embedding, provider, runner.where);
}

function inFloat32(weights: ParameterTensors): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
}
