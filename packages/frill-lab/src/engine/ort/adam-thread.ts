/**
 * A second thread for Adam, which is bound by memory and so faster on two cores. onnxruntime takes no shared memory;
 * but a plain array can be handed to another thread without being copied. So parameters and gradients of these tensors
 * lie in two such arrays, which are lent to the thread while it moves them; their moments lie with the thread.
 *
 * The calling thread waits for answers without returning to its event loop: a step is a matter of milliseconds.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { AdamOptions } from '../adam.js';
import { layOut, type Moments, type Slot } from './adam-memory.js';
import { ANSWERS, newTurns, QUESTIONS, speak, spoken, waitFor } from './turns.js';

type Block = Float32Array<ArrayBuffer>;
type Blocks<Of> = { readonly [part in keyof Of]: Block };

/** What goes to the thread. All blocks have one length; moments are copies. */
export type AdamQuestion =
  | ({ readonly kind: 'step'; readonly rate: number; readonly options: AdamOptions } & Blocks<Slot>)
  | { readonly kind: 'read-moments' }
  | ({ readonly kind: 'write-moments' } & Blocks<Moments>);

/** What comes back. */
export type AdamAnswer =
  | ({ readonly kind: 'stepped' } & Blocks<Slot>)
  | ({ readonly kind: 'moments' } & Blocks<Moments>)
  | { readonly kind: 'written' };

/** What the thread is started with. */
export interface AdamThreadData {
  /** Elements of a block. */
  readonly length: number;
  readonly port: MessagePort;
  /** How many questions and answers there have been; see turns.ts. */
  readonly turns: Int32Array;
}

/** A thread that has not answered by then, in milliseconds, has broken. */
const PATIENCE = 60_000;

export class AdamThread {
  readonly #offsets: ReadonlyMap<Value, number>;
  readonly #port: MessagePort;
  readonly #turns = newTurns();
  readonly #thread: Worker;
  #lent: Blocks<Slot>;

  /** Everything starts as zeros. `module` is the built `adam-worker.js`. */
  constructor(weights: readonly Value[], module: URL) {
    const { offsets, length } = layOut(weights);
    this.#offsets = offsets;
    this.#lent = { parameters: new Float32Array(length), gradients: new Float32Array(length) };
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: AdamThreadData = { length, port: port2, turns: this.#turns };
    this.#thread = new Worker(module, { workerData, transferList: [port2] });
    this.#thread.unref();
  }

  /** Views of one tensor's part, good until the next step. */
  slot(weight: Value): Slot {
    const { parameters, gradients } = this.#lent;
    return { parameters: this.#part(parameters, weight), gradients: this.#part(gradients, weight) };
  }

  /** Starts a step of every parameter; nothing of a slot may be touched until `endStep`. `rate` is that of `adamRate`. */
  beginStep(rate: number, options: AdamOptions): void {
    const { parameters, gradients } = this.#lent;
    this.#ask({ kind: 'step', parameters, gradients, rate, options }, [parameters.buffer, gradients.buffer]);
  }

  endStep(): void {
    const answer = this.#answer();
    if (answer.kind === 'stepped') this.#lent = answer;
  }

  /** Copies of the moments, tensor by tensor. */
  readMoments(): (weight: Value) => Moments {
    this.#ask({ kind: 'read-moments' });
    const answer = this.#answer();
    if (answer.kind !== 'moments')
      throw new Error(`Adam's thread answered ${answer.kind} instead of moments`);
    const { firstMoments, secondMoments } = answer;
    return (weight) => ({
      firstMoments: this.#part(firstMoments, weight),
      secondMoments: this.#part(secondMoments, weight),
    });
  }

  /** Replaces the moments of every tensor. */
  writeMoments(of: (weight: Value) => Moments): void {
    const { length } = this.#lent.parameters;
    const moments = { firstMoments: new Float32Array(length), secondMoments: new Float32Array(length) };
    for (const [weight, from] of this.#offsets) {
      const { firstMoments, secondMoments } = of(weight);
      moments.firstMoments.set(firstMoments, from);
      moments.secondMoments.set(secondMoments, from);
    }
    this.#ask({ kind: 'write-moments', ...moments }, [
      moments.firstMoments.buffer,
      moments.secondMoments.buffer,
    ]);
    this.#answer();
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
    this.#port.close();
  }

  #part(block: Block, weight: Value): Block {
    const from = this.#offsets.get(weight);
    if (from === undefined) throw new Error(`${weight.name} does not lie with Adam's thread`);
    return block.subarray(from, from + sizeOf(weight.shape));
  }

  #ask(question: AdamQuestion, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(question, transfer);
    speak(this.#turns, QUESTIONS);
  }

  #answer(): AdamAnswer {
    if (!waitFor(this.#turns, ANSWERS, spoken(this.#turns, QUESTIONS), PATIENCE))
      throw new Error(`Adam's thread has not answered for ${PATIENCE / 1000} s`);
    const received: { readonly message: AdamAnswer } | undefined = receiveMessageOnPort(this.#port);
    if (!received) throw new Error("Adam's thread has counted an answer that it did not give");
    return received.message;
  }
}
