/**
 * Frill's own engine: runs the .tflite files that Frill writes, on one thread and without waiting for anything. The first run of
 * a signature plans its memory and packs its weights; every later one only calls kernels.
 */
import { FrillError, ModelError } from '../errors.js';
import { loadLogMelKernel } from '../frontend/kernel.js';
import type { FlatTable } from '../tflite/flatbuffer.js';
import type { Model, SignatureInfo, TensorInfo } from '../tflite/model.js';
import type { ModelMetadata } from '../tflite/model-metadata.js';
import type { EngineContext } from './engine-context.js';
import { type Graph, type GraphSignature, readGraph, sizeOf } from './graph.js';
import { instantiate, kernelBytes } from './kernel-modules.js';
import type { Place } from './layout.js';
import { lower } from './lower.js';
import { EngineMemory } from './memory.js';
import { Program } from './program.js';
import type { Lowered } from './step.js';
import { WeightStore } from './weights.js';

/** Room for the values of one window, beside the weights. */
const VALUES = 2 ** 21;

let compiled: Promise<WebAssembly.Module> | undefined;

/** What the engine needs of a file. */
export interface EngineSource {
  /** What `openTflite` gives. */
  readonly root: FlatTable;
  readonly metadata: ModelMetadata | undefined;
}

/**
 * A model in Frill's engine.
 *
 * @throws ModelError for an operator that the engine does not have, and where WebAssembly SIMD is missing
 */
export async function openInEngine({ root, metadata }: EngineSource): Promise<EngineModel> {
  const { where } = root.buffer;
  const graph = asModelError(where, () => readGraph(root));
  compiled ??= WebAssembly.compile(kernelBytes());
  let module: WebAssembly.Module;
  try {
    module = await compiled;
  } catch (cause) {
    throw new ModelError({
      what: "Frill's engine does not start here",
      where,
      remedy: 'It needs WebAssembly SIMD, which browsers have had since 2023',
      cause,
    });
  }
  const parameters = metadata?.input === 'waveform' ? metadata.frontend : undefined;
  const frontend = parameters && { parameters, logMel: await loadLogMelKernel(parameters) };
  return asModelError(where, () => {
    const lowered = graph.signatures.map(({ subgraph }) =>
      lower(graph.subgraphs[subgraph], { where, frontend }),
    );
    const memory = new EngineMemory(root.buffer.bytes.length + VALUES);
    const kernels = instantiate(module, memory.memory);
    const context: EngineContext = { memory, kernels, weights: new WeightStore(memory, kernels) };
    return new EngineModel(graph, lowered, context, where, metadata);
  });
}

/**
 * What `work` gives; what it did not expect as a ModelError: operators that lack an operand, values that lie outside of the memory, a
 * memory that cannot grow.
 */
function asModelError<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof FrillError) throw cause;
    const isMemory = cause instanceof RangeError && /memory|allocat|length/i.test(cause.message);
    throw new ModelError({
      what: isMemory ? 'there is not enough memory for it' : 'damaged: it cannot be run',
      where,
      remedy: isMemory ? 'Close other models, or take a smaller one' : 'Copy it again',
      cause,
    });
  }
}

/** One signature: its interface, and its program once it has run. */
interface Entry {
  readonly signature: GraphSignature;
  readonly info: SignatureInfo;
  readonly lowered: Lowered;
  program: Program | undefined;
}

export class EngineModel implements Model {
  readonly engine = 'frill';
  readonly signatures: Readonly<Record<string, SignatureInfo>>;
  readonly #entries: ReadonlyMap<string, Entry>;
  #context: EngineContext | undefined;

  constructor(
    graph: Graph,
    lowered: readonly Lowered[],
    context: EngineContext,
    readonly where: string,
    readonly metadata: ModelMetadata | undefined,
  ) {
    this.#context = context;
    this.#entries = new Map(
      graph.signatures.map((signature, index): [string, Entry] => {
        const { tensors } = graph.subgraphs[signature.subgraph];
        const described = (ports: Readonly<Record<string, number>>) =>
          Object.entries(ports).map(([name, tensor]): TensorInfo => {
            const { type, shape } = tensors[tensor];
            return { name, type, shape };
          });
        const info = { inputs: described(signature.inputs), outputs: described(signature.outputs) };
        return [signature.key, { signature, info, lowered: lowered[index], program: undefined }];
      }),
    );
    this.signatures = Object.fromEntries([...this.#entries].map(([key, { info }]) => [key, info]));
  }

  async run(
    inputs: Readonly<Record<string, Float32Array>>,
    signature?: string,
  ): Promise<Record<string, Float32Array>> {
    return this.compute(inputs, signature);
  }

  /** Runs a signature as `run` does, without a promise. */
  compute(
    inputs: Readonly<Record<string, Float32Array>>,
    signature = Object.keys(this.signatures)[0],
  ): Record<string, Float32Array> {
    return asModelError(this.where, () => this.#compute(inputs, signature));
  }

  #compute(inputs: Readonly<Record<string, Float32Array>>, signature: string): Record<string, Float32Array> {
    const { memory, program, entry } = this.#ready(signature);
    for (const { name, shape } of entry.info.inputs) {
      const values = inputs[name];
      const size = sizeOf(shape);
      if (values === undefined)
        throw this.#error(`input '${name}' [${shape.join(', ')}] is missing`, 'Give all inputs');
      if (values.length !== size)
        throw this.#error(
          `input '${name}' [${shape.join(', ')}] takes ${size} values, not ${values.length}`,
          'Cut or pad to fit',
        );
      const place = program.inputs[entry.lowered.inputs.indexOf(entry.signature.inputs[name])];
      write(memory, place, values);
    }
    program.run();
    const outputs: Record<string, Float32Array> = {};
    for (const { name } of entry.info.outputs)
      outputs[name] = read(
        memory,
        program.outputs[entry.lowered.outputs.indexOf(entry.signature.outputs[name])],
      );
    return outputs;
  }

  /** The kernel calls of a signature in their order: for profiles. */
  program(signature = Object.keys(this.signatures)[0]): Program {
    return this.#ready(signature).program;
  }

  close(): void {
    this.#context = undefined;
    for (const entry of this.#entries.values()) entry.program = undefined;
  }

  #ready(signature: string): { memory: EngineMemory; program: Program; entry: Entry } {
    const context = this.#context;
    if (!context) throw this.#error('it is closed', 'Load it again');
    const entry = this.#entries.get(signature);
    if (!entry)
      throw this.#error(`no signature '${signature}'`, `It has: ${[...this.#entries.keys()].join(', ')}`);
    entry.program ??= new Program(entry.lowered, context);
    return { memory: context.memory, program: entry.program, entry };
  }

  #error(what: string, remedy: string): ModelError {
    return new ModelError({ what, where: this.where, remedy });
  }
}

/** Values of the interface are float32 and do not fill up vectors. */
function write(
  memory: EngineMemory,
  { address, pixels, channels, stride }: Place,
  values: Float32Array,
): void {
  const floats = memory.floats(address, pixels * stride);
  if (channels === stride) {
    floats.set(values);
    return;
  }
  floats.fill(0);
  for (let pixel = 0; pixel < pixels; pixel++)
    floats.set(values.subarray(pixel * channels, (pixel + 1) * channels), pixel * stride);
}

function read(memory: EngineMemory, { address, pixels, channels, stride }: Place): Float32Array {
  const floats = memory.floats(address, pixels * stride);
  if (channels === stride) return floats.slice();
  const values = new Float32Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++)
    values.set(floats.subarray(pixel * stride, pixel * stride + channels), pixel * channels);
  return values;
}
