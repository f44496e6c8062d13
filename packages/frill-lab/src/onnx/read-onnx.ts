/**
 * An .onnx file as the data that `encodeModel` writes, and the part of it that lies between some tensors and others: hidden
 * layers of a network can then be taken, and joined with nodes of our own. Field numbers are those of onnx.proto3.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ModelError } from 'frill-audio';
import { sizeOf } from '../tensor/tensor.js';
import {
  ELEMENT_TYPES,
  INT64,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxModel,
  type OnnxNode,
} from './onnx-model.js';

/** Nodes in topological order, and the constants that they read. */
export type OnnxNetwork = Pick<OnnxModel, 'nodes' | 'constants'>;

export interface OnnxFile {
  /** Version of ONNX's own operators. */
  readonly operatorSet: number;
  readonly nodes: readonly FileNode[];
  readonly constants: ReadonlyMap<string, FileConstant>;
}

/** Attributes and numbers are decoded when they are asked for: what is of a kind that we do not write may lie elsewhere. */
interface FileNode extends Pick<OnnxNode, 'op' | 'domain' | 'inputs' | 'outputs'> {
  readonly attributes: readonly Uint8Array[];
}
interface FileConstant {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Throws ModelError for bytes that are no ONNX model. */
export function readOnnx(bytes: Uint8Array, where: string): OnnxFile {
  try {
    let operatorSet = 1;
    const nodes: FileNode[] = [];
    const constants = new Map<string, FileConstant>();
    for (const [field, part] of messages(bytes)) {
      if (field === 8) {
        const { domain, version } = operatorSetOf(part);
        if (domain === '' || domain === 'ai.onnx') operatorSet = version;
      }
      if (field !== 7) continue;
      for (const [kind, piece] of messages(part)) {
        if (kind === 1) nodes.push(nodeOf(piece));
        if (kind === 5) {
          const name = constantName(piece);
          constants.set(name, { name, bytes: piece });
        }
      }
    }
    if (nodes.length === 0) throw new Error('no nodes');
    // A constant may also be what a node without inputs gives.
    for (const { op, outputs, attributes } of nodes)
      if (op === 'Constant')
        for (const attribute of attributes)
          for (const [field, tensor] of messages(attribute))
            if (field === 5) constants.set(outputs[0], { name: outputs[0], bytes: tensor });
    return { operatorSet, nodes: nodes.filter(({ outputs: [name] }) => !constants.has(name)), constants };
  } catch (cause) {
    throw new ModelError({ what: 'not a readable ONNX model', where, cause });
  }
}

/**
 * What of a file computes the tensors `to` when the tensors `from` are given. Throws ModelError where one of them is absent, more
 * than `from` is needed, or a node is of a kind that cannot be taken over.
 */
export function between(
  { operatorSet, nodes, constants }: OnnxFile,
  { from, to }: { readonly from: readonly string[]; readonly to: readonly string[] },
  where: string,
): OnnxNetwork {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const readers = new Set(nodes.flatMap(({ inputs }) => inputs));
  const absent = [...from.filter((name) => !readers.has(name)), ...to.filter((name) => !makers.has(name))];
  if (absent.length > 0)
    throw new ModelError({
      what: `it has no tensor '${absent[0]}'`,
      where,
      remedy: `It computes: ${[...makers.keys()].filter((name) => name !== '').join(', ')}`,
    });
  const needed = new Set<FileNode>();
  const used = new Map<string, OnnxConstant>();
  const wanted = [...to];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const maker = makers.get(name);
    const constant = constants.get(name);
    if (from.includes(name) || name === '' || used.has(name) || (maker && needed.has(maker))) continue;
    if (constant) used.set(name, constantOf(constant, where));
    else if (maker) {
      needed.add(maker);
      wanted.push(...maker.inputs);
    } else
      throw new ModelError({
        what: `'${name}' is needed to compute ${to.join(', ')}`,
        where,
        remedy: `Only ${from.join(', ')} is given; name another tensor, or another input`,
      });
  }
  return {
    nodes: nodes.filter((node) => needed.has(node)).map((node) => decoded(node, operatorSet, where)),
    constants: [...used.values()],
  };
}

/** One constant of a file; undefined where there is none. Throws ModelError for numbers that are neither float32 nor int64. */
export function constantNamed(
  { constants }: OnnxFile,
  name: string,
  where: string,
): OnnxConstant | undefined {
  const constant = constants.get(name);
  return constant && constantOf(constant, where);
}

/** Reductions take their axes as an input since operator set 18, which is what we write. */
const CHANGED_IN_18 = /^Reduce(?!Sum)/;

function decoded(
  { op, domain, inputs, outputs, attributes }: FileNode,
  operatorSet: number,
  where: string,
): OnnxNode {
  const refuse = (why: string) =>
    new ModelError({
      what: `its operator ${op} (of '${outputs[0]}') ${why}`,
      where,
      remedy: 'Name a tensor before it, or convert the file to operator set 18 without branches',
    });
  if (domain === '' && operatorSet < 18 && CHANGED_IN_18.test(op))
    throw refuse(`is of operator set ${operatorSet}, and another in set 18`);
  const values: Record<string, OnnxAttribute> = {};
  for (const attribute of attributes) {
    const [name, value] = attributeOf(attribute);
    if (value === undefined) throw refuse(`has an attribute '${name}' that cannot be taken over`);
    values[name] = value;
  }
  return { op, domain, inputs, outputs, attributes: values };
}

/** The embedded messages, texts and bytes of a message, by field; numbers are left out. */
function* messages(bytes: Uint8Array): Generator<[field: number, bytes: Uint8Array]> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) yield [field, reader.bytes()];
    else reader.skip(type);
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function nodeOf(bytes: Uint8Array): FileNode {
  const node = {
    op: '',
    domain: '',
    inputs: [] as string[],
    outputs: [] as string[],
    attributes: [] as Uint8Array[],
  };
  for (const [field, part] of messages(bytes)) {
    if (field === 1) node.inputs.push(text(part));
    if (field === 2) node.outputs.push(text(part));
    if (field === 4) node.op = text(part);
    if (field === 5) node.attributes.push(part);
    if (field === 7) node.domain = text(part);
  }
  return node;
}

function operatorSetOf(bytes: Uint8Array): { domain: string; version: number } {
  const reader = new BinaryReader(bytes);
  const set = { domain: '', version: 1 };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) set.domain = reader.string();
    else if (field === 2) set.version = Number(reader.int64());
    else reader.skip(type);
  }
  return set;
}

function constantName(bytes: Uint8Array): string {
  for (const [field, part] of messages(bytes)) if (field === 8) return text(part);
  throw new Error('a constant without a name');
}

/** A TensorProto of float32 or int64 numbers. */
function constantOf({ name, bytes }: FileConstant, where: string): OnnxConstant {
  const reader = new BinaryReader(bytes);
  const shape: number[] = [];
  const numbers: number[] = [];
  let type = 0;
  let raw: Uint8Array | undefined;
  const each = (wire: WireType, one: () => number, into: number[]) => {
    if (wire !== WireType.LengthDelimited) return void into.push(one());
    for (const end = reader.uint32() + reader.pos; reader.pos < end; ) into.push(one());
  };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) each(wire, () => Number(reader.int64()), shape);
    else if (field === 2) type = reader.int32();
    else if (field === 4) each(wire, () => reader.float(), numbers);
    else if (field === 7) each(wire, () => Number(reader.int64()), numbers);
    else if (field === 9) raw = reader.bytes();
    else reader.skip(wire);
  }
  const isKnown = type === ELEMENT_TYPES.float32 || type === INT64;
  const width = type === INT64 ? 8 : 4;
  const held = raw ? raw.length / width : numbers.length;
  if (!isKnown || held !== sizeOf(shape))
    throw new ModelError({
      what: `its constant '${name}' holds neither float32 nor int64 numbers, or keeps them in another file`,
      where,
      remedy: 'Name tensors that do not need it',
    });
  // A copy: raw bytes may lie unaligned in the file.
  const buffer = raw && new Uint8Array(raw).buffer;
  const data =
    type === INT64
      ? buffer
        ? new BigInt64Array(buffer)
        : BigInt64Array.from(numbers, BigInt)
      : buffer
        ? new Float32Array(buffer)
        : Float32Array.from(numbers);
  return { name, shape, data };
}

/** An AttributeProto; undefined for graphs, tensors and lists of anything but whole numbers. */
function attributeOf(bytes: Uint8Array): [name: string, value: OnnxAttribute | undefined] {
  const reader = new BinaryReader(bytes);
  let name = '';
  let type = 0;
  let float = 0;
  let integer = 0;
  let string = '';
  const integers: number[] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) name = reader.string();
    else if (field === 2) float = reader.float();
    else if (field === 3) integer = Number(reader.int64());
    else if (field === 4) string = reader.string();
    else if (field === 8 && wire === WireType.LengthDelimited)
      for (const end = reader.uint32() + reader.pos; reader.pos < end; )
        integers.push(Number(reader.int64()));
    else if (field === 8) integers.push(Number(reader.int64()));
    else if (field === 20) type = reader.int32();
    else reader.skip(wire);
  }
  // AttributeProto.AttributeType: FLOAT, INT, STRING, INTS.
  const values = new Map<number, OnnxAttribute>([
    [1, { float }],
    [2, integer],
    [3, string],
    [7, integers],
  ]);
  return [name, values.get(type)];
}
