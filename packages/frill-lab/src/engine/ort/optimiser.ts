/**
 * All that is learnt while a network trains, and Adam's step over it. The tensors are dealt out: to an arena that
 * this thread moves, and, where a second thread may be used and there is enough to do, to one that works beside it.
 */
import type { Value } from '../../graph/graph.js';
import { workerModule } from '../../run/worker-module.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type AdamOptions, adamRate } from '../adam.js';
import type { Moments, Slot } from './adam-memory.js';
import { AdamThread } from './adam-thread.js';
import { Arena } from './arena.js';

export interface OptimiserOptions {
  /** 1 keeps everything on the calling thread; more than 2 are not used. */
  readonly threads: number;
  /** The second thread's module, without which there is none. */
  readonly worker?: URL;
}

/** Tensors of fewer parameters stay here: they take no time, and each one lent costs the caller a few microseconds. */
const WORTH_LENDING = 65_536;

/** Time that the second thread takes for a parameter; this one takes 1. It copies to and fro what is lent to it. */
const SECOND_THREAD_COST = 1.5;

export class Optimiser {
  readonly #arena: Arena;
  readonly #thread: AdamThread | undefined;
  readonly #kept: readonly Value[];
  /** The tensors that the second thread moves. Their slots are elsewhere after a step. */
  readonly lent: ReadonlySet<Value>;

  /** Everything starts as zeros. Throws RangeError where a network is too large. */
  constructor(
    weights: readonly Value[],
    { threads, worker = workerModule(new URL('./adam-worker.js', import.meta.url)) }: OptimiserOptions,
  ) {
    const { kept, lent }: Dealt = worker && threads > 1 ? deal(weights) : { kept: weights, lent: [] };
    this.#arena = new Arena(kept);
    this.#thread = worker && lent.length > 0 ? new AdamThread(lent, worker) : undefined;
    this.#kept = kept;
    this.lent = new Set(lent);
  }

  /** Where a tensor's parameters and gradients lie until the next step. */
  slot(weight: Value): Slot {
    return this.#thread && this.lent.has(weight) ? this.#thread.slot(weight) : this.#arena.slot(weight);
  }

  /** Step `t` (the first is 1) of every parameter. */
  step(t: number, learningRate: number, options: AdamOptions): void {
    const rate = adamRate(t, learningRate, options);
    this.#thread?.beginStep(rate, options);
    this.#arena.adam(rate, options);
    this.#thread?.endStep();
  }

  /** Adam's moments, tensor by tensor; views or copies. */
  moments(): (weight: Value) => Moments {
    const lent = this.#thread?.readMoments();
    return (weight) => (lent && this.lent.has(weight) ? lent(weight) : this.#arena.slot(weight));
  }

  /** Replaces the parameters and moments of every tensor. */
  restore(parameters: (weight: Value) => Float32Array, moments: (weight: Value) => Moments): void {
    for (const weight of [...this.#kept, ...this.lent]) this.slot(weight).parameters.set(parameters(weight));
    for (const weight of this.#kept) {
      const slot = this.#arena.slot(weight);
      const { firstMoments, secondMoments } = moments(weight);
      slot.firstMoments.set(firstMoments);
      slot.secondMoments.set(secondMoments);
    }
    this.#thread?.writeMoments(moments);
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }
}

interface Dealt {
  readonly kept: readonly Value[];
  readonly lent: readonly Value[];
}

/** The largest first, each to whoever has finished it sooner. */
function deal(weights: readonly Value[]): Dealt {
  const [kept, lent]: [Value[], Value[]] = [[], []];
  let [keptTime, lentTime] = [0, 0];
  for (const weight of [...weights].sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape))) {
    const own = keptTime + sizeOf(weight.shape);
    const others = lentTime + sizeOf(weight.shape) * SECOND_THREAD_COST;
    if (own <= others || sizeOf(weight.shape) < WORTH_LENDING) {
      kept.push(weight);
      keptTime = own;
    } else {
      lent.push(weight);
      lentTime = others;
    }
  }
  return { kept, lent };
}
