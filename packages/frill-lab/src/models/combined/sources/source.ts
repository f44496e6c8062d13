/**
 * A source of a combined teacher: a network, front end included, as ONNX nodes from `samples` [N, 15600] in [-1, 1] to whichever of
 * its tensors are asked for. Whatever a source's files are, they become such nodes, so that the teacher is one ONNX model.
 */
import { readFile } from 'node:fs/promises';
import { ModelError } from 'frill-audio';
import type { OnnxConstant, OnnxNode } from '../../../onnx/onnx-model.js';
import type { OnnxNetwork } from '../../../onnx/read-onnx.js';

/** What every source reads: mono at 16 kHz in [-1, 1], [N, WINDOW_SAMPLES]. */
export const SAMPLES = 'samples';
/** Number of samples in one window, 0.975 s. */
export const WINDOW_SAMPLES = 15_600;

/** A tensor with one row a window along its first axis. */
export interface SourceTensor {
  /** Name of the tensor in the nodes. */
  readonly name: string;
  /** The axis whose values stay when the others are pooled; negative ones count from the end. */
  readonly channelAxis: number;
}

export interface SourceNetwork extends OnnxNetwork {
  /** Tensors by the names that a recipe has for them. */
  readonly tensors: ReadonlyMap<string, SourceTensor>;
}

/** Opens a source. `tensors` are those wanted; throws ModelError for one that is absent, or a file that is not what it should be. */
export type ReadSource<Source> = (source: Source, tensors: readonly string[]) => Promise<SourceNetwork>;

/** A network while it is written node by node. */
export class NetworkWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];

  /** Appends a node with one output, and returns its name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    output = `${op}_${this.nodes.length}`,
  ): string {
    this.nodes.push({ op, domain: '', inputs, outputs: [output], attributes });
    return output;
  }

  floats(shape: readonly number[], data: Float32Array): string {
    return this.#constant({ name: `floats_${this.constants.length}`, shape, data });
  }

  scalar(value: number): string {
    return this.floats([], Float32Array.of(value));
  }

  integers(...values: number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant({ name: `integers_${this.constants.length}`, shape: [values.length], data });
  }

  /** `from` to before `to` along an axis. */
  slice(x: string, axis: number, from: number, to: number): string {
    return this.node('Slice', [x, this.integers(from), this.integers(to), this.integers(axis)]);
  }

  #constant(constant: OnnxConstant): string {
    this.constants.push(constant);
    return constant.name;
  }
}

/** Throws ModelError where a tensor is wanted that the source, whose tensors are few and known, has not. */
export function refuseAbsent(wanted: readonly string[], there: Iterable<string>, where: string): void {
  const names = [...there];
  const absent = wanted.find((name) => !names.includes(name));
  if (absent === undefined) return;
  throw new ModelError({
    what: `it has no tensor '${absent}'`,
    where,
    remedy: `It has: ${names.join(', ')}`,
  });
}

/** Reads a file of a source. Throws ModelError where there is none. */
export async function readSourceFile(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause) => {
    throw new ModelError({
      what: 'there is no such file',
      where: path,
      remedy: 'Its path is relative to the recipe',
      cause,
    });
  });
}

/** The same network with other names, for instance behind a prefix, so that several can lie in one model. */
export function renamed({ nodes, constants }: OnnxNetwork, name: (old: string) => string): OnnxNetwork {
  // An optional input that is left out has an empty name.
  const all = (names: readonly string[]) => names.map((old) => (old === '' ? '' : name(old)));
  return {
    nodes: nodes.map((node) => ({ ...node, inputs: all(node.inputs), outputs: all(node.outputs) })),
    constants: constants.map((constant) => ({ ...constant, name: name(constant.name) })),
  };
}
