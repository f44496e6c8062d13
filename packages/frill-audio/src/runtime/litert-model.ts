/** Runs a .tflite file in LiteRT.js, so that an app meets it as any other `Model`: values checked before they reach WebAssembly, memory freed. */
import type * as LiteRt from '@litertjs/core';
import { ModelError } from '../errors.js';
import type { Model, SignatureInfo, TensorInfo } from '../tflite/model.js';
import type { ModelMetadata } from '../tflite/model-metadata.js';

/** Memory outside JavaScript is freed by `close`, and after each run for you. */
export class LiteRtModel implements Model {
  readonly engine = 'litert';
  readonly signatures: Readonly<Record<string, SignatureInfo>>;
  readonly #core: typeof LiteRt;
  readonly #compiled: LiteRt.CompiledModel;
  #isClosed = false;

  constructor(
    core: typeof LiteRt,
    compiled: LiteRt.CompiledModel,
    readonly where: string,
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

function describe({ name, dtype, shape }: LiteRt.TensorDetails): TensorInfo {
  return { name, type: dtype, shape: [...shape] };
}
