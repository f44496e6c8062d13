/**
 * Training in onnxruntime. A step is one ONNX graph (forward and backward) and one WebAssembly call (Adam): the graph
 * reads parameters from an arena and writes gradients into it, and the call moves all parameters in one pass.
 */
import { gradients } from '../../graph/autodiff.js';
import type { Graph, Value } from '../../graph/graph.js';
import { neededLeaves } from '../../graph/needed.js';
import { type FloatArray, sizeOf, type Weights } from '../../tensor/tensor.js';
import { ADAM, type AdamOptions, updateStatistic } from '../adam.js';
import { Arena, type Slot } from './arena.js';
import { fed, parameterData } from './compile.js';
import { GraphWriter } from './graph-writer.js';
import { Session, type SessionOptions } from './session.js';

export interface TrainingOptions extends SessionOptions {
  /** Where the parameters start: weights and statistics by name; others in it are ignored. */
  readonly weights: Weights;
  /** Adam's decays and epsilon; the paper's unless told. */
  readonly adam?: AdamOptions;
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
 * A network in training. The tensors it gives out are views: they change with the next step, and what is written
 * into them counts from then on. On one machine, equal starts, feeds and thread counts give equal bits.
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
 * lacks a parameter or holds it in another shape, and when the network is too large for an arena.
 */
export async function compileTraining(
  graph: Graph,
  loss: Value,
  { weights: start, adam = ADAM, ...sessionOptions }: TrainingOptions,
): Promise<TrainingProgram> {
  const leaves = neededLeaves([loss]);
  const inputs = leaves.filter(({ source }) => source.kind === 'input');
  const trained = leaves.filter(({ source }) => source.kind === 'weight');
  const statistics = leaves.filter(({ source }) => source.kind === 'statistic');
  statistics.push(...graph.statisticUpdates.map(({ statistic }) => statistic));
  for (const parameter of [...trained, ...statistics]) parameterData(parameter, start);
  const derivatives = gradients(loss, trained);

  const arena = new Arena(trained);
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

  // What is fed and fetched at every step, by the names the writer gives.
  const writer = new GraphWriter();
  const bound = leaves
    .filter(({ source }) => source.kind === 'weight' || source.kind === 'statistic')
    .map((leaf) => {
      const data = leaf.source.kind === 'weight' ? arena.slot(leaf).parameters : running.get(leaf.name)?.data;
      return [writer.feed(leaf), data ?? new Float32Array()] as const;
    });
  const inputNames = inputs.map((input) => writer.feed(input));
  const results: (readonly [Value, Float32Array])[] = [
    [loss, lossData],
    ...batchStatistics.map(({ batch, data }) => [batch, data] as const),
    ...trained.map((weight) => [derivatives.get(weight) ?? weight, arena.slot(weight).gradients] as const),
  ];
  writer.write(results.map(([value]) => value));
  const fetched = results.map(([value, data]) => [writer.fetch(value), data] as const);
  const session = await Session.create(writer.model(), sessionOptions);
  const bind = (named: readonly (readonly [string, Float32Array])[]) =>
    Object.fromEntries(named.map(([name, data]) => [name, session.bind(name, data)]));
  const parameterFeeds = bind(bound);
  const fetches = bind(fetched);

  const views = (part: keyof Slot): Weights =>
    new Map(trained.map((weight) => [weight.name, { shape: weight.shape, data: arena.slot(weight)[part] }]));
  let steps = 0;
  const program: TrainingProgram = {
    async step(feeds, learningRate, mostMomentum = 1) {
      const inputFeeds = bind(inputs.map((input, i) => [inputNames[i], fed(input, feeds)] as const));
      await session.run({ ...parameterFeeds, ...inputFeeds }, fetches);
      const [value] = lossData;
      if (!Number.isFinite(value)) return { loss: value };
      arena.adam(++steps, learningRate, adam);
      for (const { name, momentum, data } of batchStatistics)
        updateStatistic(running.get(name)?.data ?? data, data, Math.min(momentum, mostMomentum));
      return { loss: value };
    },
    weights: () => new Map([...views('parameters'), ...running]),
    gradients: () => views('gradients'),
    state: () => ({
      steps,
      weights: program.weights(),
      firstMoments: views('firstMoments'),
      secondMoments: views('secondMoments'),
    }),
    restore(state) {
      for (const weight of trained) {
        const slot = arena.slot(weight);
        slot.parameters.set(parameterData(weight, state.weights));
        slot.firstMoments.set(parameterData(weight, state.firstMoments));
        slot.secondMoments.set(parameterData(weight, state.secondMoments));
      }
      for (const statistic of statistics)
        running.get(statistic.name)?.data.set(parameterData(statistic, state.weights));
      steps = state.steps;
    },
    close: () => session.close(),
  };
  const zeros = program.state();
  program.restore({ ...zeros, weights: start });
  return program;
}
