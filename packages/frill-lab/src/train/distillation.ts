/**
 * The student in training: its network in the phase the bottleneck is in, its batches, its running statistics and its
 * validation. `training-run.ts` drives it, step by step.
 *
 * Running statistics. Keras' momentum of 0.999 averages over the last thousand steps: a training of a few hundred never
 * sees the statistics of its own weights, and an early start at mean 0 and variance 1 lingers. So the momentum rises
 * with the steps, (1 + t) / (10 + t) up to 0.999. That leaves the other half of the trouble: batches of a few dozen
 * windows, some of them silent, differ so much from the average that a network trained on their own statistics is
 * another one when it is given fixed ones. So for the last part of the training the statistics are measured afresh over
 * many batches (`recalibrate`) and then frozen: what is trained is from there on exactly what is exported.
 */
import type { Provider } from '../engine/ort/provider.js';
import type { SessionOptions } from '../engine/ort/session.js';
import { compileTraining, type TrainingProgram } from '../engine/ort/training.js';
import { trustProvider } from '../engine/ort/trust.js';
import { initialise } from '../models/initialise.js';
import { buildStudent, type DistillationStudent } from '../models/student.js';
import type { StudentConfig } from '../models/student-config.js';
import { Random } from '../tensor/random.js';
import { type ParameterTensors, sizeOf, type Weights } from '../tensor/tensor.js';
import { type Batch, RowOrder, readBatches } from './batches.js';
import type { Checkpoint } from './checkpoint.js';
import { Compression, dropKernel, KERNEL, type OptimiserState } from './compression.js';
import type { DistillationOptions } from './distillation-options.js';
import type { DistillationRows } from './distillation-rows.js';
import { fitLastLayer } from './last-layer.js';
import { recalibrate } from './running-statistics.js';
import { setStandardisation } from './standardisation.js';
import { TargetScale, type TargetStatistics } from './target-scale.js';
import { buildPhase, isSameNetwork, phaseAt, phaseFeeds, type TrainingPhase } from './training-phase.js';
import type { Trainee } from './training-run.js';
import { type Validation, validateStudent } from './validation.js';
import { WeightAverage } from './weight-average.js';

/** Batches whose statistics the final ones are averaged over. */
export const RECALIBRATION_BATCHES = 32;

export interface DistillationStart {
  readonly config: StudentConfig;
  readonly options: DistillationOptions;
  readonly data: DistillationRows;
  readonly targetStatistics: TargetStatistics;
  readonly session: SessionOptions & { readonly provider: Provider };
  readonly checkpoint: Checkpoint | undefined;
  /** Weights of all parameters of the network, to start with in place of random ones. */
  readonly from?: ParameterTensors | undefined;
}

/** A phase's network, ready to train. */
interface Stage {
  readonly phase: TrainingPhase;
  readonly student: DistillationStudent;
  readonly program: TrainingProgram;
}

export class Distillation implements Trainee {
  /** Result of the last validation. */
  validation: Validation | undefined;
  #stage: Stage;
  #compression: Compression | undefined;
  #average: WeightAverage | undefined;
  #last: { readonly batch: Batch; readonly step: number } | undefined;
  readonly #batches: AsyncGenerator<Batch>;
  readonly #scale: TargetScale;

  private constructor(
    private readonly start: DistillationStart,
    stage: Stage,
  ) {
    const { options, checkpoint, targetStatistics } = start;
    this.#stage = stage;
    const averages = checkpoint?.sections.averages;
    this.#average = averages && new WeightAverage(averages, options.averaging);
    this.#batches = this.#stream('order', checkpoint?.step ?? 0, options.steps);
    this.#scale = TargetScale.of(options.targets, targetStatistics);
  }

  /** A student at its first step, or as it was at a checkpoint. */
  static async start(start: DistillationStart): Promise<Distillation> {
    const { config, options, checkpoint } = start;
    // The phase of the step before: what changes at this one then happens as it would have.
    const phase = phaseAt(config, options, Math.max(0, (checkpoint?.step ?? 0) - 1));
    if (!checkpoint) {
      const state = initialState(start);
      if (options.refit) await refit(start, phase, state.weights);
      return new Distillation(start, await openStage(start, phase, state));
    }
    const { weights, firstMoments, secondMoments } = checkpoint.sections;
    const state = { weights, firstMoments, secondMoments, steps: checkpoint.step };
    return new Distillation(start, await openStage(start, phase, state));
  }

  async step(step: number, learningRate: number): Promise<number> {
    const { options } = this.start;
    await this.#enter(phaseAt(this.start.config, options, step), step);
    const { value: batch } = await this.#batches.next();
    const [features, targets]: Batch = batch;
    this.#last = { batch, step };
    this.#scale.apply(targets);
    const { student, program, phase } = this.#stage;
    const feeds = new Map([
      [student.input, features],
      [student.target, targets],
      ...phaseFeeds(student, phase),
    ]);
    const { loss } = await program.step(feeds, learningRate, (1 + step) / (10 + step));
    if (options.averaging > 0 && phase.statistics === 'frozen') {
      this.#average ??= new WeightAverage(program.weights(), options.averaging);
      this.#average.take(program.weights(), step + 1);
    }
    return loss;
  }

  async validate(steps: number): Promise<Validation | undefined> {
    const { config, options, data, targetStatistics, session } = this.start;
    const { phase } = this.#stage;
    if (steps === options.steps && phase.statistics !== 'frozen') await this.#recalibrate();
    this.validation = await validateStudent({
      student: buildPhase(config, phase, { ...this.#shape(), mode: 'inference' }),
      phase,
      weights: this.#result(),
      data,
      targetStatistics,
      options,
      session,
    });
    return this.validation;
  }

  state(): Record<string, Weights> {
    const { weights, firstMoments, secondMoments } = this.#stage.program.state();
    const averages = this.#average && { averages: this.#average.weights };
    return { weights, firstMoments, secondMoments, ...averages };
  }

  /** Parameters of the inference network, without the head. */
  inferenceWeights(): Weights {
    const { graph } = buildStudent(this.start.config, { batch: 1, mode: 'inference' });
    return new Map(
      [...this.#result()].filter(([name]) => graph.parameters.some((parameter) => parameter.name === name)),
    );
  }

  diagnose(): { what: string; remedy: string } {
    const [features, targets] = this.#last?.batch ?? [];
    for (const [name, matrix] of Object.entries({ features, targets })) {
      const at = matrix?.findIndex((value) => !Number.isFinite(value)) ?? -1;
      if (at < 0 || !matrix || !this.#last) continue;
      const { batch: size } = this.start.options;
      const within = Math.floor((at * size) / matrix.length);
      const row = this.start.data.batches
        ? undefined
        : this.#order('order').batch(this.#last.step, size)[within];
      return {
        what: `${row === undefined ? 'a window' : `row ${row}`} of the ${name} holds a value that is not finite`,
        remedy: 'Remove the cache folder of the data, and prepare it again',
      };
    }
    return {
      what: 'the loss is no longer finite',
      remedy: 'Lower the learning rate, or warm it up longer, and start again in a new folder',
    };
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
    await this.#compression?.close();
    await this.#stage.program.close();
  }

  /** The weights that are judged and exported. */
  #result(): Weights {
    return this.#average?.weights ?? this.#stage.program.weights();
  }

  /** Makes the network what it must be at a step. */
  async #enter(next: TrainingPhase, step: number): Promise<void> {
    const { phase: last, program } = this.#stage;
    const random = () => new Random(`${this.start.options.seed}/factors/${step}`);
    if (next.alpha !== last.alpha && last.kernel === 'blended') {
      const weights = program.weights();
      await (await this.#factors(weights)).refactorise(weights, last.alpha, random());
    }
    if (isSameNetwork(next, last)) {
      this.#stage = { ...this.#stage, phase: next };
      return;
    }
    // Copies the moments that lie with Adam's thread: not for every step.
    const state: OptimiserState & { steps: number } = program.state();
    if (next.alpha !== last.alpha && last.kernel === 'full')
      await (await this.#factors(state.weights)).begin(state, random());
    if (next.statistics !== last.statistics) await this.#recalibrate();
    if (next.kernel === 'factored' && last.kernel !== 'factored') dropKernel(state);
    this.#average = undefined;
    // Its state outlives it; two networks at once would take twice the memory.
    await program.close();
    this.#stage = await openStage(this.start, next, state);
  }

  async #factors(weights: Weights): Promise<Compression> {
    const { config, session } = this.start;
    const kernel = weights.get(KERNEL);
    if (config.compression.kind !== 'low-rank' || !kernel) throw new Error('there is nothing to compress');
    const [ins, outs] = kernel.shape;
    this.#compression ??= await Compression.create(ins, outs, config.compression.rank, session.threads);
    return this.#compression;
  }

  async #recalibrate(): Promise<void> {
    const { config, options, data, session } = this.start;
    const { phase, program } = this.#stage;
    const student = buildPhase(config, phase, { ...this.#shape(), mode: 'training' });
    const count = Math.min(RECALIBRATION_BATCHES, Math.ceil(data.split.train.length / options.batch));
    const batches = this.#stream('recalibration', 0, count);
    await recalibrate(student, program.weights(), batches, phaseFeeds(student, phase), session);
  }

  /** Batches of features and targets. */
  #stream(name: string, first: number, last: number): AsyncGenerator<Batch> {
    const { data, options } = this.start;
    const { seed, batch } = options;
    if (data.batches) return data.batches({ seed: `${seed}/${name}`, batch, first, last });
    const order = this.#order(name);
    return readBatches([data.features, data.targets], (step) => order.batch(step, batch), first, last);
  }

  #order(name: string): RowOrder {
    return new RowOrder(this.start.data.split.train, `${this.start.options.seed}/${name}`);
  }

  #shape() {
    return shapeOf(this.start);
  }
}

async function openStage(
  start: DistillationStart,
  phase: TrainingPhase,
  state: OptimiserState & { readonly steps: number },
): Promise<Stage> {
  const { config, session } = start;
  if (session.provider !== 'cpu') await trustWith(start, phase, state.weights);
  const student = buildPhase(config, phase, shapeOf(start));
  const program = await compileTraining(student.graph, student.loss, { ...session, weights: state.weights });
  program.restore(state);
  return { phase, student, program };
}

/** Throws DeviceError where the provider computes another network than the phase's. */
function trustWith(start: DistillationStart, phase: TrainingPhase, weights: Weights): Promise<void> {
  const { config, data, session, options } = start;
  const { mean, deviation } = data.featureStatistics;
  const build = (batch: number) => {
    const student = buildPhase(config, phase, { ...shapeOf(start), batch });
    const numbers = new Random(`${options.seed}/trust`);
    const windows = Float32Array.from({ length: sizeOf(student.input.shape) }, (_, i) =>
      numbers.normal(mean[i % mean.length], deviation[i % mean.length]),
    );
    const targets = Float32Array.from({ length: sizeOf(student.target.shape) }, () => numbers.normal());
    const feeds = new Map([
      [student.input, windows],
      [student.target, targets],
      ...phaseFeeds(student, phase),
    ]);
    return { graph: student.graph, loss: student.loss, feeds };
  };
  return trustProvider({ build, weights, batch: options.batch, session });
}

function shapeOf({ options: { batch, head, cosine }, data }: DistillationStart) {
  return { batch, targetWidth: data.targets.width, head, cosine };
}

/** See last-layer.ts. */
function refit(start: DistillationStart, phase: TrainingPhase, weights: Weights): Promise<void> {
  const { config, options, data, targetStatistics, session } = start;
  const student = buildPhase(config, phase, { ...shapeOf(start), mode: 'inference' });
  const scale = TargetScale.of(options.targets, targetStatistics);
  return fitLastLayer({ student, phase, weights, data, scale, options, session });
}

/** Before the first step: seeded weights or another student's, the features' statistics, a student that says the mean, no moments. */
function initialState(start: DistillationStart) {
  const { config, options, data, targetStatistics, from } = start;
  const { graph } = buildPhase(config, phaseAt(config, options, 0), { ...shapeOf(start), mode: 'training' });
  const weights = initialise(graph, options.seed);
  setStandardisation(weights, data.featureStatistics);
  if (options.targets === 'raw') {
    const last = options.head === 'none' ? 'bottleneck/bias' : 'embedding_to_target/bias';
    weights.get(last)?.data.set(targetStatistics.mean);
  }
  for (const [name, { data }] of from ?? []) weights.get(name)?.data.set(data);
  const zeros = (): Weights =>
    new Map(
      [...weights].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]),
    );
  return { weights, firstMoments: zeros(), secondMoments: zeros(), steps: 0 };
}
