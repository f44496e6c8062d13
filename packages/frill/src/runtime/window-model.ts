/**
 * A model that turns windows into embeddings, whatever its batch sizes: finds out from its metadata, or from the shapes of
 * its input, what a window is, and which output is the embedding.
 */
import { ModelError } from '../errors.js';
import type { FrontendParameters } from '../frontend/parameters.js';
import type { Model, TensorInfo } from './model.js';

/** A signature that takes `batch` windows at once. */
interface Batch {
  readonly signature: string;
  readonly batch: number;
  readonly input: string;
  readonly output: string;
}

/** What a model takes. */
export type WindowKind =
  | { readonly kind: 'log-mel' }
  /** A window of so many samples. */
  | { readonly kind: 'waveform'; readonly samples: number };

export class WindowModel {
  readonly window: WindowKind;
  /** Values in one window. */
  readonly windowSize: number;
  /** Values in one embedding. */
  readonly embeddingSize: number;
  /** Largest first. */
  readonly #batches: readonly Batch[];
  readonly #model: Model;

  /** Throws ModelError when the model does not take windows of that front end, or has no such output. */
  constructor(model: Model, parameters: FrontendParameters, wantedOutput?: string) {
    const { frames, melBands } = parameters;
    this.#model = model;
    const [first] = Object.values(model.signatures);
    const [input] = first.inputs;
    const fail = (what: string) =>
      new ModelError({
        what,
        where: model.where,
        remedy: `A model needs one float32 input, log-mel [batch, ${frames}, ${melBands}, 1] or samples [1, length]`,
      });
    if (first.inputs.length !== 1) throw fail(`it has ${first.inputs.length} inputs`);
    if (input.type !== 'float32') throw fail(`its input '${input.name}' is ${input.type}`);
    const extents = input.shape.filter((extent) => extent !== 1);
    const logMelSize = frames * melBands;
    if (extents.at(-1) === melBands && extents.at(-2) === frames) {
      this.window = { kind: 'log-mel' };
      this.windowSize = logMelSize;
    } else if (extents.length === 1 && extents[0] >= parameters.windowLength) {
      this.window = { kind: 'waveform', samples: extents[0] };
      this.windowSize = extents[0];
    } else throw fail(`its input '${input.name}' is [${input.shape.join(', ')}]`);

    const output = chooseOutput(first.outputs, wantedOutput, model.where);
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
    this.embeddingSize = sizeOf(output) / (sizeOf(input) / this.windowSize);
  }

  /** Windows that are computed at once when there are enough. */
  get largestBatch(): number {
    return this.#batches[0].batch;
  }

  /** `count` windows, one after another, to `count` embeddings. Which batches are used does not show in them. */
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
      embeddings.set(computed.subarray(0, used * this.embeddingSize), done * this.embeddingSize);
      done += used;
    }
    return embeddings;
  }
}

/** The output of that name; otherwise the one called an embedding; otherwise the widest. */
function chooseOutput(outputs: readonly TensorInfo[], wanted: string | undefined, where: string): TensorInfo {
  const found =
    wanted === undefined
      ? (outputs.find(({ name }) => /embedding/i.test(name)) ??
        outputs.reduce((widest, output) => (sizeOf(output) > sizeOf(widest) ? output : widest)))
      : outputs.find(({ name }) => name === wanted);
  if (found) return found;
  throw new ModelError({
    what: `no output named '${wanted}'`,
    where,
    remedy: `It has: ${outputs.map(({ name }) => name).join(', ')}`,
  });
}

function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
