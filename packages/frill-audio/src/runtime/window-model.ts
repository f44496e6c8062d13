/**
 * A model that turns windows into embeddings, whatever its batch sizes and whatever runs it: finds out from the shapes of its
 * input what a window is, and which output is the embedding.
 *
 *     [15600] [1, 15600] [B, 15600]               a waveform window of so many samples
 *     [96, 64] [1, 96, 64] [B, 96, 64, 1] ...     a log-mel window
 */
import { ModelError } from '../errors.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import type { SignatureInfo, TensorInfo } from '../tflite/model.js';

/** Engine with a network in it: a loaded `Model`, or what offers the same. */
export interface ModelRunner {
  /** Name of the model in errors. */
  readonly where: string;
  /** Signatures by name, at least one; several are the same network for several batch sizes. */
  readonly signatures: Readonly<Record<string, SignatureInfo>>;
  /** Runs one signature: an array for each input by name, of as many values as its shape holds, to each output by name, flat. */
  run(
    inputs: Readonly<Record<string, Float32Array>>,
    signature: string,
  ): Promise<Readonly<Record<string, Float32Array>>>;
}

/** A signature that takes `batch` windows at once. */
interface Batch {
  readonly signature: string;
  readonly batch: number;
  readonly input: string;
  readonly output: string;
}

/** Kind of window that a model takes: log-mel frames, or so many samples. */
export type WindowKind =
  | { readonly kind: 'log-mel' }
  | { readonly kind: 'waveform'; readonly samples: number };

/** A vector of fewer numbers than this (62.5 ms at 16 kHz) is taken for features, not for a waveform. */
const SHORTEST_WAVEFORM = 1000;

/**
 * A model as a function from windows to embeddings, in the largest batches that it has. Its input is log-mel [B, 96, 64, 1] or samples
 * [B, N]; its output is [B, embeddingSize].
 */
export class WindowModel {
  /** Kind of window that it takes. */
  readonly window: WindowKind;
  /** Values in one window: frames x bands, or samples. */
  readonly windowSize: number;
  /** Values in one embedding. */
  readonly embeddingSize: number;
  /** Name of the output that is the embedding. */
  readonly output: string;
  /** Batches of the model, largest first. */
  readonly #batches: readonly Batch[];
  readonly #model: ModelRunner;

  /**
   * A loaded network whose windows are those of a front end.
   *
   * @param wantedOutput name of the output; by default the one called an embedding, else the widest
   * @throws ModelError when the model does not take windows of that front end, or has no such output
   */
  constructor(model: ModelRunner, parameters: FrontendParameters, wantedOutput?: string) {
    this.#model = model;
    const [first] = Object.values(model.signatures);
    const [input] = first.inputs;
    this.window = windowOf(first.inputs, parameters, model.where);
    this.windowSize =
      this.window.kind === 'waveform' ? this.window.samples : parameters.frames * parameters.melBands;

    const output = chooseOutput(first.outputs, wantedOutput, model.where);
    this.output = output.name;
    const position = first.outputs.indexOf(output);
    this.#batches = Object.entries(model.signatures)
      .map(([signature, { inputs, outputs }]) => ({
        signature,
        batch: sizeOf(inputs[0]) / this.windowSize,
        input: inputs[0].name,
        output: (outputs.find(({ name }) => name === output.name) ?? outputs[position]).name,
      }))
      .filter(({ batch }) => Number.isInteger(batch))
      .sort((a, b) => b.batch - a.batch);
    const batch = sizeOf(input) / this.windowSize;
    this.embeddingSize = sizeOf(output) / batch;
    if (!Number.isInteger(this.embeddingSize)) throw this.#unevenOutput(sizeOf(output), batch);
  }

  /** Number of windows that are computed at once when there are enough. */
  get largestBatch(): number {
    return this.#batches[0].batch;
  }

  /**
   * Embeds `count` windows [count, windowSize] as [count, embeddingSize]. Which batches are used does not show in the values.
   *
   * @throws ModelError when the output does not hold one embedding a window
   */
  async run(windows: Float32Array, count: number): Promise<Float32Array> {
    const embeddings = new Float32Array(count * this.embeddingSize);
    for (let done = 0; done < count; ) {
      const left = count - done;
      const { signature, batch, input, output } =
        this.#batches.find((candidate) => candidate.batch <= left) ?? this.#batches[this.#batches.length - 1];
      const used = Math.min(batch, left);
      const start = done * this.windowSize;
      let values = windows.subarray(start, start + used * this.windowSize);
      if (used < batch) {
        // The smallest batch there is exceeds what is left: the rest of it is silence, and thrown away.
        const filled = new Float32Array(batch * this.windowSize);
        filled.set(values);
        values = filled;
      }
      const { [output]: computed } = await this.#model.run({ [input]: values }, signature);
      if (computed.length !== batch * this.embeddingSize) throw this.#unevenOutput(computed.length, batch);
      embeddings.set(computed.subarray(0, used * this.embeddingSize), done * this.embeddingSize);
      done += used;
    }
    return embeddings;
  }

  #unevenOutput(values: number, windows: number): ModelError {
    return new ModelError({
      what: `its output '${this.output}' holds ${values} values for ${windows} windows`,
      where: this.#model.where,
      remedy: 'Choose another output: one embedding a window is needed',
    });
  }
}

/** What the input holds, from its shape; extents of 1 do not matter. */
function windowOf(
  inputs: readonly TensorInfo[],
  { frames, melBands }: FrontendParameters,
  where: string,
): WindowKind {
  const fail = (what: string) =>
    new ModelError({
      what,
      where,
      remedy: `A model needs one float32 input: samples, e.g. [1, 15600], or log-mel [batch, ${frames}, ${melBands}, 1]`,
    });
  if (inputs.length !== 1)
    throw fail(`it has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')})`);
  const [{ name, type, shape }] = inputs;
  if (type !== 'float32') throw fail(`its input '${name}' is ${type}`);
  const extents = shape.filter((extent) => extent !== 1);
  const samples = extents.at(-1) ?? 1;
  if (samples === melBands && extents.at(-2) === frames && extents.length <= 3) return { kind: 'log-mel' };
  if (extents.length <= 2 && samples >= SHORTEST_WAVEFORM) return { kind: 'waveform', samples };
  throw fail(`its input '${name}' is [${shape.join(', ')}]`);
}

/** The output of that name; otherwise, of those in float32, the widest that is called an embedding, or the widest. */
function chooseOutput(outputs: readonly TensorInfo[], wanted: string | undefined, where: string): TensorInfo {
  const names = outputs.map(({ name }) => name).join(', ');
  if (wanted !== undefined) {
    const found = outputs.find(({ name }) => name === wanted);
    if (found) return found;
    throw new ModelError({ what: `no output named '${wanted}'`, where, remedy: `It has: ${names}` });
  }
  const usable = outputs.filter(({ type }) => type === 'float32');
  if (usable.length === 0)
    throw new ModelError({
      what: `none of its outputs is float32 (it has: ${names})`,
      where,
      remedy: 'Use a model with float32 output',
    });
  const named = usable.filter(({ name }) => /embed|feature|representation/i.test(name));
  return (named.length > 0 ? named : usable).reduce((widest, output) =>
    sizeOf(output) > sizeOf(widest) ? output : widest,
  );
}

function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
