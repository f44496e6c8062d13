/** Any .tflite file as a function from named arrays to named arrays. */
import type * as LiteRt from '@litertjs/core';
import { ModelError } from '../errors.js';
import type { FlatTable } from './flatbuffer.js';
import { type RuntimeOptions, startLiteRt } from './litert.js';
import { type ModelMetadata, openTflite, readModelMetadata } from './model-metadata.js';
import { type ModelSource, nameOf, readSource } from './source.js';

export interface TensorInfo {
  readonly name: string;
  /** `float32`, `int32`, ... */
  readonly type: string;
  readonly shape: readonly number[];
}

/** One way to run the model. */
export interface SignatureInfo {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** A compiled model. Memory outside JavaScript is freed by `close`, and after each run for you. */
export class Model {
  /** By name; a file without signatures has one, named by the runtime. */
  readonly signatures: Readonly<Record<string, SignatureInfo>>;
  readonly #core: typeof LiteRt;
  readonly #compiled: LiteRt.CompiledModel;
  #isClosed = false;

  constructor(
    core: typeof LiteRt,
    compiled: LiteRt.CompiledModel,
    /** What errors call it. */
    readonly where: string,
    /** What the file says about itself; undefined for files that Frill did not write. */
    readonly metadata: ModelMetadata | undefined,
  ) {
    this.#core = core;
    this.#compiled = compiled;
    this.signatures = Object.fromEntries(
      Object.entries(compiled.signatures).map(([name, runner]) => [
        name,
        { inputs: runner.getInputDetails().map(describe), outputs: runner.getOutputDetails().map(describe) },
      ]),
    );
  }

  /**
   * Runs one signature, the first unless told otherwise.
   *
   * @param inputs one array for each input by name, of as many values as its shape holds
   * @returns each output by name, flat
   * @throws ModelError when inputs do not fit, or after `close`
   */
  async run(
    inputs: Readonly<Record<string, Float32Array>>,
    signature = Object.keys(this.signatures)[0],
  ): Promise<Record<string, Float32Array>> {
    if (this.#isClosed) throw this.#error('it is closed', 'Load it again');
    const info = this.signatures[signature];
    if (!info)
      throw this.#error(`no signature '${signature}'`, `It has: ${Object.keys(this.signatures).join(', ')}`);
    const tensors: Record<string, LiteRt.Tensor> = {};
    let results: Record<string, LiteRt.Tensor> = {};
    try {
      for (const input of info.inputs) tensors[input.name] = this.#tensor(input, inputs[input.name]);
      results = await this.#compiled.run(signature, tensors);
      const outputs: Record<string, Float32Array> = {};
      for (const [name, result] of Object.entries(results)) {
        const data = result.toTypedArray();
        outputs[name] = data instanceof Float32Array ? data : Float32Array.from(data);
      }
      return outputs;
    } finally {
      for (const tensor of [...Object.values(tensors), ...Object.values(results)]) tensor.delete();
    }
  }

  /** Frees the model's memory; safe to call twice. */
  close(): void {
    if (!this.#isClosed) this.#compiled.delete();
    this.#isClosed = true;
  }

  #tensor(input: TensorInfo, values: Float32Array | undefined): LiteRt.Tensor {
    const size = input.shape.reduce((product, extent) => product * extent, 1);
    const shape = `[${input.shape.join(', ')}]`;
    if (values === undefined)
      throw this.#error(`input '${input.name}' ${shape} is missing`, 'Give all inputs');
    if (values.length !== size)
      throw this.#error(
        `input '${input.name}' ${shape} takes ${size} values, not ${values.length}`,
        'Cut or pad to fit',
      );
    if (input.type === 'float32') return new this.#core.Tensor(values, [...input.shape]);
    if (input.type === 'int32') return new this.#core.Tensor(Int32Array.from(values), [...input.shape]);
    throw this.#error(`input '${input.name}' is ${input.type}`, 'Use a model with float32 inputs');
  }

  #error(what: string, remedy: string): ModelError {
    return new ModelError({ what, where: this.where, remedy });
  }
}

/**
 * Loads a .tflite file: in Node, in a browser, in a worker of either.
 *
 * @throws ModelError for a file that is absent, empty, truncated or no .tflite file, or that the runtime refuses
 */
export async function loadModel(source: ModelSource, options: RuntimeOptions = {}): Promise<Model> {
  const where = nameOf(source);
  const bytes = await readSource(source);
  checkWhole(openTflite(bytes, where));
  const metadata = readModelMetadata(bytes, where);
  const core = await startLiteRt(options);
  let compiled: LiteRt.CompiledModel;
  try {
    compiled = await core.loadAndCompile(bytes, {
      accelerator: 'wasm',
      cpuOptions: { numThreads: options.threads ?? 1 },
    });
  } catch (cause) {
    throw new ModelError({
      what: 'the runtime refuses this model',
      where,
      remedy: 'It may be damaged, or use operations that TensorFlow Lite does not have built in',
      cause,
    });
  }
  return new Model(core, compiled, where, metadata);
}

function describe({ name, dtype, shape }: LiteRt.TensorDetails): TensorInfo {
  return { name, type: dtype, shape: [...shape] };
}

/** Follows every reference to weights, so that a truncated file is found out before the runtime reads past its end. */
function checkWhole(model: FlatTable): void {
  const SUBGRAPHS = 2;
  const BUFFERS = 4;
  const TENSORS = 0;
  const OPERATORS = 3;
  const DATA = 0;
  for (const buffer of model.tables(BUFFERS)) buffer.bytes(DATA);
  for (const subgraph of model.tables(SUBGRAPHS)) {
    subgraph.tables(TENSORS);
    subgraph.tables(OPERATORS);
  }
}
