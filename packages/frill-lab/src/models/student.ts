/**
 * The student: log-mel window -> input layer -> MobileNetV3 -> bottleneck, which is the embedding; and while
 * distilling a linear head that maps the embedding to the teacher's values, or no head at all, with the loss.
 *
 * Peplinski et al., Interspeech 2021. The compressed bottleneck is theirs done right: y = x (alpha A + (1 - alpha) B C)
 * with alpha fed from 1 down to 0, after which A is dropped and the factors alone are trained and exported.
 */
import { Graph, type Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { blend } from '../graph/ops/blend.js';
import { dense } from '../graph/ops/dense.js';
import { fakeQuantise } from '../graph/ops/fake-quantise.js';
import { distillationLoss } from './distillation-loss.js';
import { Layers, type Mode } from './layers.js';
import { MOBILENET_LAYERS, mobileNetV3 } from './mobilenet-v3.js';
import type { StudentConfig } from './student-config.js';

/** A window of the front end: frames (time) by mel bands. */
export const WINDOW_SHAPE = [96, 64] as const;

export interface StudentOptions {
  /** Windows per run. */
  readonly batch: number;
  readonly mode: Mode;
  /**
   * Momentum of batch normalisation's running statistics, 0.999 unless told. Those forget their start after several times
   * 1 / (1 - momentum) steps; shorter trainings want less.
   */
  readonly momentum?: number;
  /**
   * A low-rank bottleneck with its full kernel blended in (`alpha` is an input), or of its factors alone.
   * Blended while training and factored for inference unless told.
   */
  readonly lowRank?: 'blended' | 'factored';
  /**
   * A quantisation-aware bottleneck with its weights quantised on the fly (`bits` is an input), or as they are.
   * Quantised while training and exact for inference unless told.
   */
  readonly weights?: 'fake-quantised' | 'exact';
}

/** The head that predicts the teacher's values while a student learns, and how its predictions are judged. */
export interface DistillationHead {
  /** Values of the teacher. */
  readonly targetWidth: number;
  /**
   * `linear`: a layer behind the embedding predicts the teacher's values; it is dropped at export. `none`: the embedding is
   * the prediction, as wide as the teacher. Linear unless told.
   */
  readonly head?: 'linear' | 'none';
  /** Share of the cosine distance in the loss; see distillation-loss.ts. None unless told. */
  readonly cosine?: number;
}

export interface Student {
  readonly graph: Graph;
  /** Log-mel windows [batch, 96, 64, 1]. */
  readonly input: Value;
  /** [batch, bottleneck] */
  readonly embedding: Value;
  /** Input [], share of the full kernel in a blended bottleneck. */
  readonly alpha: Value | undefined;
  /** Input [], precision of a fake-quantised bottleneck. */
  readonly bits: Value | undefined;
}

/** A student with its head for distillation. */
export interface DistillationStudent extends Student {
  /** What the head makes of the embedding, [batch, targetWidth]. */
  readonly prediction: Value;
  /** Input: the teacher's values, [batch, targetWidth]. */
  readonly target: Value;
  /** See distillation-loss.ts, []. */
  readonly loss: Value;
}

export function buildStudent(
  config: StudentConfig,
  options: StudentOptions & DistillationHead,
): DistillationStudent;
export function buildStudent(config: StudentConfig, options: StudentOptions): Student;
export function buildStudent(
  config: StudentConfig,
  options: StudentOptions & Partial<DistillationHead>,
): Student | DistillationStudent {
  const graph = new Graph();
  const { mode, momentum = MOBILENET_LAYERS.momentum } = options;
  const layers = new Layers(graph, mode, { ...MOBILENET_LAYERS, momentum });
  const input = graph.input('log_mel', [options.batch, ...WINDOW_SHAPE, 1]);
  const features = mobileNetV3(input, layers, config);
  const student = { graph, input, ...bottleneck(features, layers, config, options) };
  const { targetWidth, head = 'linear', cosine = 0 } = options;
  if (targetWidth === undefined) return student;

  const target = graph.input('target', [options.batch, targetWidth]);
  const prediction =
    head === 'none' ? student.embedding : layers.dense(student.embedding, 'embedding_to_target', targetWidth);
  return { ...student, prediction, target, loss: distillationLoss(prediction, target, cosine) };
}

function bottleneck(
  features: Value,
  layers: Layers,
  { bottleneck: width, compression, quantization }: StudentConfig,
  {
    mode,
    lowRank = mode === 'training' ? 'blended' : 'factored',
    weights = mode === 'training' ? 'fake-quantised' : 'exact',
  }: StudentOptions,
): Pick<Student, 'embedding' | 'alpha' | 'bits'> {
  const { graph } = features;
  const isQuantised = quantization === 'aware' && weights === 'fake-quantised';
  const bits = isQuantised ? graph.input('bits', []) : undefined;
  const kernel = (name: string, ins: number, outs: number) => {
    const exact = layers.denseKernel(`bottleneck/${name}`, ins, outs);
    return bits ? fakeQuantise(exact, bits) : exact;
  };
  const full = (bias?: Value) => dense(features, kernel('kernel', features.shape[1], width), bias);
  const factored = (rank: number, bias?: Value) => {
    const b = kernel('factor_b', features.shape[1], rank);
    return dense(dense(features, b), kernel('factor_c', rank, width), bias);
  };
  const bias = graph.weight('bottleneck/bias', [width], { kind: 'zeros' });

  if (compression.kind === 'none') return { embedding: full(bias), alpha: undefined, bits };
  if (lowRank === 'factored') return { embedding: factored(compression.rank, bias), alpha: undefined, bits };
  const alpha = graph.input('alpha', []);
  return { embedding: add(blend(full(), factored(compression.rank), alpha), bias), alpha, bits };
}
