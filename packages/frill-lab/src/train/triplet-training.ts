/** The teacher in training: its network, its pairs, its running statistics and its validation. */
import { compileOrt } from '../engine/ort/compile.js';
import type { Provider } from '../engine/ort/provider.js';
import type { SessionOptions } from '../engine/ort/session.js';
import { compileTraining, type TrainingProgram } from '../engine/ort/training.js';
import { trustProvider } from '../engine/ort/trust.js';
import { initialise } from '../models/initialise.js';
import { buildTrill, type Trill, type TrillConfig } from '../models/trill.js';
import { Random } from '../tensor/random.js';
import { sizeOf, type Weights } from '../tensor/tensor.js';
import { type Batch, readBatches } from './batches.js';
import type { Checkpoint } from './checkpoint.js';
import type { PairOrder } from './clip-pairs.js';
import { recalibrate } from './running-statistics.js';
import { setStandardisation } from './standardisation.js';
import type { TeacherFile } from './teacher-folder.js';
import type { TeacherOptions } from './teacher-options.js';
import type { TeacherRows } from './teacher-rows.js';
import type { Trainee, ValidationRecord } from './training-run.js';

/** Batches whose statistics the final ones are averaged over. */
const RECALIBRATION_BATCHES = 32;
/** Batches of held-out pairs that are looked at. */
const VALIDATION_BATCHES = 16;

export interface TripletStart {
  readonly config: TrillConfig;
  readonly options: TeacherOptions;
  readonly data: TeacherRows;
  readonly pairs: { readonly train: PairOrder; readonly validation: PairOrder };
  readonly session: SessionOptions & { readonly provider: Provider };
  readonly checkpoint: Checkpoint | undefined;
}

export class TripletTraining implements Trainee {
  /** Result of the last validation. */
  validation: TeacherFile['validation'];
  /** What the untrained network retrieves, which is the same at every validation. */
  #untrainedRetrieval: number | undefined;
  readonly #batches: AsyncGenerator<Batch>;

  private constructor(
    private readonly begin: TripletStart,
    private readonly trill: Trill,
    private readonly program: TrainingProgram,
  ) {
    const { data, options, pairs, checkpoint } = begin;
    this.#batches = readBatches(
      [data.features],
      (step) => pairs.train.batch(step, options.clips).rows,
      checkpoint?.step ?? 0,
      options.steps,
    );
  }

  /** A teacher at its first step, or as it was at a checkpoint. */
  static async start(begin: TripletStart): Promise<TripletTraining> {
    const { config, options, data, session, checkpoint } = begin;
    const trill = buildTrill(config, { batch: 2 * options.clips, mode: 'training' });
    const weights = checkpoint?.sections.weights ?? initialWeights(trill, options, data);
    if (session.provider !== 'cpu') await trustWith(begin, weights);
    const program = await compileTraining(trill.graph, trill.loss, { ...session, weights });
    if (checkpoint) {
      const { firstMoments, secondMoments } = checkpoint.sections;
      program.restore({ weights, firstMoments, secondMoments, steps: checkpoint.step });
    }
    return new TripletTraining(begin, trill, program);
  }

  async step(step: number, learningRate: number): Promise<number> {
    const { options, pairs } = this.begin;
    const { value: batch } = await this.#batches.next();
    const [features]: Batch = batch;
    const { labels } = pairs.train.batch(step, options.clips);
    const feeds = new Map([
      [this.trill.input, features],
      [this.trill.labels, labels],
    ]);
    // Running statistics: see distillation.ts.
    const { loss } = await this.program.step(feeds, learningRate, (1 + step) / (10 + step));
    return loss;
  }

  async validate(steps: number): Promise<ValidationRecord | undefined> {
    const { options, pairs } = this.begin;
    const trained = this.weights();
    // Also where nothing is held out: these statistics are stored.
    if (steps === options.steps) await this.#recalibrate(trained);
    if (pairs.validation.clips < 2) return undefined;
    const { loss, retrieval, windows } = await this.#measure(trained);
    this.#untrainedRetrieval ??= await this.#measureUntrained();
    this.validation = { loss, retrieval, untrainedRetrieval: this.#untrainedRetrieval, windows };
    return { loss };
  }

  state(): Record<string, Weights> {
    const { weights, firstMoments, secondMoments } = this.program.state();
    return { weights, firstMoments, secondMoments };
  }

  weights(): Weights {
    return this.program.weights();
  }

  diagnose(): { what: string; remedy: string } {
    return {
      what: 'the loss is no longer finite',
      remedy:
        'Lower the learning rate, or warm it up longer, and start again in a new folder; if it is the first step, the features hold values that are not finite: prepare them again',
    };
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
    await this.program.close();
  }

  async #measureUntrained(): Promise<number> {
    const untrained = initialWeights(this.trill, this.begin.options, this.begin.data);
    await this.#recalibrate(untrained);
    return (await this.#measure(untrained)).retrieval;
  }

  /** Triplet loss and retrieval within batches of held-out clips. */
  async #measure(weights: Weights) {
    const { config, options, data, pairs, session } = this.begin;
    const clips = Math.min(options.clips, pairs.validation.clips);
    const batch = 2 * clips;
    const trill = buildTrill(config, { batch, mode: 'inference' });
    const program = await compileOrt(trill.graph, [trill.loss, trill.embedding], weights, session);
    const rowsOf = (step: number) => pairs.validation.batch(step, clips).rows;
    let [loss, found, step] = [0, 0, 0];
    try {
      for await (const [features] of readBatches([data.features], rowsOf, 0, VALIDATION_BATCHES)) {
        const { labels } = pairs.validation.batch(step, clips);
        const feeds = new Map([
          [trill.input, features],
          [trill.labels, labels],
        ]);
        const [value, embeddings] = await program.run(feeds);
        loss += value.data[0];
        found += countRetrieved(embeddings.data, labels);
        step++;
      }
    } finally {
      await program.close();
    }
    const windows = step * batch;
    return { loss: loss / step, retrieval: found / windows, windows };
  }

  async #recalibrate(weights: Weights): Promise<void> {
    const { options, data, pairs, session } = this.begin;
    const trill = buildTrill(this.begin.config, { batch: 2 * options.clips, mode: 'training' });
    const rowsOf = (step: number) => pairs.train.batch(step, options.clips).rows;
    const batches = readBatches([data.features], rowsOf, 0, RECALIBRATION_BATCHES);
    await recalibrate(trill, weights, batches, [], session);
  }
}

/** Throws DeviceError where the provider computes another network. */
function trustWith({ config, options, data, session }: TripletStart, weights: Weights): Promise<void> {
  const { mean, deviation } = data.featureStatistics;
  const build = (batch: number) => {
    const { graph, loss, input, labels } = buildTrill(config, { batch, mode: 'training' });
    const numbers = new Random(`${options.seed}/trust`);
    const windows = Float32Array.from({ length: sizeOf(input.shape) }, (_, i) =>
      numbers.normal(mean[i % mean.length], deviation[i % mean.length]),
    );
    // Two windows of each clip, as in training.
    const clips = Float32Array.from({ length: batch }, (_, i) => i >> 1);
    const feeds = new Map([
      [input, windows],
      [labels, clips],
    ]);
    return { graph, loss, feeds };
  };
  return trustProvider({ build, weights, few: 4, batch: 2 * options.clips, session });
}

function initialWeights(trill: Trill, { seed }: TeacherOptions, { featureStatistics }: TeacherRows): Weights {
  const weights = initialise(trill.graph, seed);
  setStandardisation(weights, featureStatistics);
  return weights;
}

/** Unit vectors whose nearest other one (by cosine) has the same label. */
function countRetrieved(embeddings: ArrayLike<number>, labels: Float32Array): number {
  const width = embeddings.length / labels.length;
  let found = 0;
  for (const [a, label] of labels.entries()) {
    let [best, nearest] = [Number.NEGATIVE_INFINITY, -1];
    for (let b = 0; b < labels.length; b++) {
      if (b === a) continue;
      let cosine = 0;
      for (let i = 0; i < width; i++) cosine += embeddings[a * width + i] * embeddings[b * width + i];
      if (cosine > best) [best, nearest] = [cosine, b];
    }
    if (labels[nearest] === label) found++;
  }
  return found;
}
