/**
 * A provider is held against the reference engine before it is trusted: the network that it is to train takes one step on two windows, and
 * loss and gradients must be those of the definition. Then it takes one step on a whole batch, for which the definition would take too
 * long, and is held against onnxruntime's CPU provider, whose operations are tested against the definition.
 */
import { FrillError } from 'frill-audio';
import { gradients } from '../../graph/autodiff.js';
import type { Graph, Value } from '../../graph/graph.js';
import { neededLeaves } from '../../graph/needed.js';
import type { FloatArray, Weights } from '../../tensor/tensor.js';
import { compileReference } from '../reference/reference.js';
import type { Provider } from './provider.js';
import type { SessionOptions } from './session.js';
import { compileTraining } from './training.js';

/** A device that computes something else. */
export class DeviceError extends FrillError {}

/** A network in training, with numbers to feed. */
export interface TrainedNetwork {
  readonly graph: Graph;
  /** A scalar. */
  readonly loss: Value;
  readonly feeds: ReadonlyMap<Value, FloatArray>;
}

/** What a training step says: the loss, and the gradient of each weight. */
export interface StepAnswer {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, FloatArray>;
}

export interface TrustOptions {
  /** The network for so many windows a step, with the same numbers every time it is built. */
  build(batch: number): TrainedNetwork;
  readonly weights: Weights;
  /** Windows that the reference engine is asked for: batch normalisation needs two, a triplet four. */
  readonly few?: number;
  /** Windows a step in training. */
  readonly batch: number;
  readonly session: SessionOptions & { readonly provider: Provider };
}

/** Throws DeviceError where the provider computes something else. */
export async function trustProvider({
  build,
  weights,
  few = 2,
  batch,
  session,
}: TrustOptions): Promise<void> {
  const { provider } = session;
  const onDevice = (windows: number) =>
    stepBy(build(windows), weights, session).catch((cause: unknown) => {
      throw new DeviceError({
        what: `${provider} cannot compute this network: ${cause instanceof Error ? cause.message : cause}`,
        where: '--device gpu',
        remedy: 'Leave --device out: then the processor computes',
        cause,
      });
    });
  refuseOther(await referenceStep(build(few), weights), await onDevice(few), provider);
  const cpu = await stepBy(build(batch), weights, { ...session, provider: 'cpu' });
  refuseOther(cpu, await onDevice(batch), provider);
}

/** One step in onnxruntime, which moves nothing that stays. */
export async function stepBy(
  { graph, loss, feeds }: TrainedNetwork,
  weights: Weights,
  session: SessionOptions,
): Promise<StepAnswer> {
  const program = await compileTraining(graph, loss, { ...session, weights });
  try {
    const { loss: value } = await program.step(feeds, 0);
    const data = [...program.gradients()].map(([name, { data }]) => [name, data.slice()] as const);
    return { loss: value, gradients: new Map(data) };
  } finally {
    await program.close();
  }
}

/** The same by definition, in float64. */
export async function referenceStep(
  { graph, loss, feeds }: TrainedNetwork,
  weights: Weights,
): Promise<StepAnswer> {
  const trained = neededLeaves([loss]).filter(({ source }) => source.kind === 'weight');
  const derivatives = gradients(loss, trained);
  const wanted = trained.map((weight) => derivatives.get(weight) ?? weight);
  const program = compileReference(graph, [loss, ...wanted], weights);
  const [value, ...found] = await program.run(feeds);
  await program.close();
  return {
    loss: value.data[0],
    gradients: new Map(trained.map(({ name }, at) => [name, found[at].data])),
  };
}

/** Distance of a gradient, as a share of its length, and of a loss: float32 stays a hundred times below. */
const TOLERANCE = 1e-2;
/** The part of all gradients' length below which a single one is rounding: that before a normalisation is zero by definition. */
const NEGLIGIBLE = 1e-3;

/** Throws DeviceError that names what differs most. */
export function refuseOther(expected: StepAnswer, found: StepAnswer, provider: Provider): void {
  const whole = Math.hypot(...[...expected.gradients.values()].map(lengthOf));
  const differences: { what: string; share: number }[] = [
    { what: 'the loss', share: Math.abs(found.loss - expected.loss) / Math.abs(expected.loss) },
  ];
  for (const [name, gradient] of expected.gradients) {
    const other = found.gradients.get(name);
    const distance = other ? distanceOf(gradient, other) : Number.NaN;
    const scale = Math.max(lengthOf(gradient), NEGLIGIBLE * whole);
    differences.push({ what: `the gradient of ${name}`, share: distance / scale });
  }
  // A value that is not finite is no agreement.
  const off = differences.filter(({ share }) => !(share <= TOLERANCE));
  if (off.length === 0) return;
  const worst = off.find(({ share }) => Number.isNaN(share)) ?? off.toSorted((a, b) => b.share - a.share)[0];
  const by = Number.isFinite(worst.share)
    ? `by ${(100 * worst.share).toPrecision(2)} %`
    : 'and is not finite';
  throw new DeviceError({
    what: `${provider} computes something else than the definition of this network: ${worst.what} differs ${by}, and ${off.length} of ${differences.length} values differ`,
    where: '--device gpu',
    remedy: 'Leave --device out, or update the driver of the GPU',
  });
}

/** Throws DeviceError where a row of values differs. `where` names the network. */
export function refuseOtherRow(
  expected: FloatArray,
  found: FloatArray,
  provider: Provider,
  where: string,
): void {
  const share = distanceOf(expected, found) / lengthOf(expected);
  if (share <= TOLERANCE) return;
  throw new DeviceError({
    what: `${provider} computes something else than the definition of this network`,
    where,
    remedy: 'Leave --device out, or update the driver of the GPU',
  });
}

function lengthOf(values: FloatArray): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

function distanceOf(a: FloatArray, b: FloatArray): number {
  if (a.length !== b.length) return Number.NaN;
  let squares = 0;
  for (const [i, value] of a.entries()) squares += (value - b[i]) ** 2;
  return Math.sqrt(squares);
}
