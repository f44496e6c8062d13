/**
 * Training in onnxruntime. A step is one ONNX graph (forward and backward), then Adam over all parameters: the
 * graph reads parameters and writes gradients where the optimiser has them.
 */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { gradients } from '../../graph/autodiff.js';
import type { Graph, Value } from '../../graph/graph.js';
import { neededLeaves } from '../../graph/needed.js';
import { type FloatArray, sizeOf, type Weights } from '../../tensor/tensor.js';
import { ADAM, type AdamOptions, updateStatistic } from '../adam.js';
import { fedData, parameterData } from './compile.js';
import { GraphWriter } from './graph-writer.js';
import { Optimiser } from './optimiser.js';
import { Session, type SessionOptions } from './session.js';

export interface TrainingOptions extends SessionOptions {
  /** Where the parameters start: weights and statistics by name; others in it are ignored. */
  readonly weights: Weights;
  /** Adam's decays and epsilon; the paper's unless told. */
  readonly adam?: AdamOptions;
  /** Module of the second thread, as in `OptimiserOptions`. */
  readonly worker?: URL;
}

/** Everything the next step depends on. */
export interface TrainingState {
  /** Steps done. */
  readonly steps: number;
  /** Weights and statistics. */
  readonly weights: Weights;
  /** Adam's running mean of the gradients, for the weights. */
  readonly firstMoments: Weights;
  /** Adam's running mean of the squared gradients. */
  readonly secondMoments: Weights;
}

/**
 * A network in training. The tensors it gives out are good until the next step: take copies of what is to stay. On one machine, equal starts, feeds and thread counts give equal bits.
 */
export interface TrainingProgram {
  /**
   * One optimiser step on one batch. A loss that is not finite is returned like any other, and then nothing has moved:
   * parameters, statistics and moments are as they were before the step. `mostMomentum` is an upper bound for the
   * momentum of the running statistics.
   */
  step(
    feeds: ReadonlyMap<Value, FloatArray>,
    learningRate: number,
    mostMomentum?: number,
  ): Promise<{ readonly loss: number }>;
  /** Weights and statistics. */
  weights(): Weights;
  /** Gradients of the last step. */
  gradients(): Weights;
  state(): TrainingState;
  /** Continues from a state, which is copied. Throws when it lacks a tensor or holds it in another shape. */
  restore(state: TrainingState): void;
  close(): Promise<void>;
}

/**
 * Trains every weight that `loss` (a scalar) depends on. Adds the backward pass to the graph. Throws when `weights`
 * lacks a parameter or holds it in another shape, and when the network is too large for the optimiser.
 */
export async function compileTraining(
  graph: Graph,
  loss: Value,
  { weights: start, adam = ADAM, worker, ...sessionOptions }: TrainingOptions,
): Promise<TrainingProgram> {
  // Constants are written where they are used; nobody feeds them.
  const leaves = neededLeaves([loss]).filter(({ source }) => source.kind !== 'constant');
  const inputs = leaves.filter(({ source }) => source.kind === 'input');
  const trained = leaves.filter(({ source }) => source.kind === 'weight');
  const statistics = leaves.filter(({ source }) => source.kind === 'statistic');
  statistics.push(...graph.statisticUpdates.map(({ statistic }) => statistic));
  for (const parameter of [...trained, ...statistics]) parameterData(parameter, start);
  const derivatives = gradients(loss, trained);

  const optimiser = new Optimiser(trained, {
    threads: sessionOptions.threads,
    ...(worker ? { worker } : {}),
  });
  const running = new Map(
    statistics.map(({ name, shape }) => [name, { shape, data: new Float32Array(sizeOf(shape)) }]),
  );
  const batchStatistics = graph.statisticUpdates.map(({ statistic, batch, momentum }) => ({
    name: statistic.name,
    batch,
    momentum,
    data: new Float32Array(sizeOf(batch.shape)),
  }));
  const lossData = new Float32Array(1);

  const writer = new GraphWriter();
  const feedNames = new Map(leaves.map((leaf) => [leaf, writer.feed(leaf)]));
  const results: readonly Value[] = [
    loss,
    ...batchStatistics.map(({ batch }) => batch),
    ...trained.map((weight) => derivatives.get(weight) ?? weight),
  ];
  writer.write(results);
  const fetchNames = results.map((value) => writer.fetch(value));
  const session = await Session.create(writer.model(), sessionOptions);

  // Everything is bound once, but for the weights whose place changes and what the caller feeds.
  const fed: Record<string, OrtTensor> = {};
  const fetched: Record<string, OrtTensor> = {};
  const feed = (leaf: Value, data: Float32Array) => {
    const name = feedNames.get(leaf) ?? '';
    fed[name] = session.bind(name, data);
  };
  const fetch = (result: number, data: Float32Array) => {
    fetched[fetchNames[result]] = session.bind(fetchNames[result], data);
  };
  const bindWeight = (weight: Value) => {
    const { parameters, gradients } = optimiser.slot(weight);
    feed(weight, parameters);
    fetch(results.length - trained.length + trained.indexOf(weight), gradients);
  };
  for (const leaf of leaves) {
    const statistic = leaf.source.kind === 'statistic' && running.get(leaf.name);
    if (statistic) feed(leaf, statistic.data);
  }
  for (const [at, data] of [lossData, ...batchStatistics.map((batch) => batch.data)].entries())
    fetch(at, data);
  for (const weight of trained) bindWeight(weight);

  const views = (of: (weight: Value) => Float32Array): Weights =>
    new Map(trained.map((weight) => [weight.name, { shape: weight.shape, data: of(weight) }]));
  let steps = 0;
  const program: TrainingProgram = {
    async step(feeds, learningRate, mostMomentum = 1) {
      for (const input of inputs) feed(input, fedData(input, feeds));
      await session.run(fed, fetched);
      const [value] = lossData;
      if (!Number.isFinite(value)) return { loss: value };
      optimiser.step(++steps, learningRate, adam);
      for (const weight of optimiser.lent) bindWeight(weight);
      for (const { name, momentum, data } of batchStatistics)
        updateStatistic(running.get(name)?.data ?? data, data, Math.min(momentum, mostMomentum));
      return { loss: value };
    },
    weights: () => new Map([...views((weight) => optimiser.slot(weight).parameters), ...running]),
    gradients: () => views((weight) => optimiser.slot(weight).gradients),
    state() {
      const moments = optimiser.moments();
      return {
        steps,
        weights: program.weights(),
        firstMoments: views((weight) => moments(weight).firstMoments),
        secondMoments: views((weight) => moments(weight).secondMoments),
      };
    },
    restore(state) {
      optimiser.restore(
        (weight) => parameterData(weight, state.weights),
        (weight) => ({
          firstMoments: parameterData(weight, state.firstMoments),
          secondMoments: parameterData(weight, state.secondMoments),
        }),
      );
      for (const statistic of statistics)
        running.get(statistic.name)?.data.set(parameterData(statistic, state.weights));
      steps = state.steps;
    },
    async close() {
      await optimiser.close();
      await session.close();
    },
  };
  const zeros = program.state();
  program.restore({ ...zeros, weights: start });
  return program;
}
