/**
 * One onnxruntime session over a written graph. Feeds and fetches are named by the graph's values and are plain
 * float32 arrays; a fetched array is filled in place, wherever it lies in memory.
 */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeModel, type OnnxModel } from '../../onnx/onnx-model.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';
import { executionProvider, gpuForm } from './gpu-form.js';
import type { Provider } from './provider.js';

export interface SessionOptions {
  /** Threads within an operation; 1 keeps everything on the calling thread. */
  readonly threads: number;
  /** What computes; the processor by default. What a GPU's provider lacks is computed on the processor. */
  readonly provider?: Provider;
}

/**
 * How long onnxruntime's threads stay awake for the next operation, in microseconds. Longer than the operations that use
 * one thread; by default they would hold on to a core long after the run that has ended, and Adam's thread wants it.
 */
const SPIN = '200';

/**
 * onnxruntime-node fills the arrays it is given, then copies each of them into a fresh one for its caller: for a wide
 * head 100 MB a step, a quarter of its time. It gives up before the first copy when an output is not a
 * tensor, and by then everything is computed. So every model gets an output that is an empty sequence, ahead of all
 * others. Should a release learn to return sequences, the copies are back and nothing else changes.
 */
const BARRIER = 'barrier';
const BARRIER_REACHED = 'Non tensor type is temporarily not supported.';

export class Session {
  readonly #shapes: ReadonlyMap<string, Shape>;
  #closing: Promise<void> | undefined;

  private constructor(
    readonly session: InferenceSession,
    model: OnnxModel<number>,
  ) {
    this.#shapes = new Map([...model.inputs, ...model.outputs].map(({ name, shape }) => [name, shape]));
  }

  /** Throws when onnxruntime rejects the model, which is a fault of an operation's ONNX form. */
  static async create(
    model: OnnxModel<number>,
    { threads, provider = 'cpu' }: SessionOptions,
  ): Promise<Session> {
    const barrier = { op: 'SequenceEmpty', domain: '', inputs: [], outputs: [BARRIER], attributes: {} };
    const written = provider === 'cpu' ? model : gpuForm(model);
    const bytes = encodeModel({ ...written, nodes: [...written.nodes, barrier], sequences: [BARRIER] });
    const session = await InferenceSession.create(bytes, {
      executionProviders: [executionProvider(provider, written)],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: {
        session: {
          // Values that decay towards zero would otherwise cost a hundred times a normal multiplication.
          set_denormal_as_zero: '1',
          intra_op: { spin_duration_us: SPIN },
        },
      },
    });
    return new Session(session, model);
  }

  /** A tensor over an array, which is not copied. Throws when the array does not fill the shape. */
  bind(name: string, data: Float32Array): OrtTensor {
    const shape = this.#shapes.get(name);
    if (!shape) throw new Error(`${name} is neither fed nor fetched`);
    if (data.length !== sizeOf(shape))
      throw new RangeError(`${name} of shape [${shape}] holds ${sizeOf(shape)} values, not ${data.length}`);
    return new OrtTensor('float32', data, shape);
  }

  /** Runs once; fills the arrays behind `fetches`. */
  async run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): Promise<void> {
    try {
      await this.session.run(feeds, { ...fetches, [BARRIER]: null });
    } catch (error) {
      if (!(error instanceof Error && error.message === BARRIER_REACHED)) throw error;
    }
  }

  /** May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.session.release();
    return this.#closing;
  }
}
