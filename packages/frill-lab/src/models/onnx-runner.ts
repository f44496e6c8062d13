/** A model in onnxruntime, behind the interface of the device package's own runtime. */
import {
  FRILL_FRONTEND,
  ModelError,
  type ModelRunner,
  type SignatureInfo,
  type TensorInfo,
} from 'frill-audio';
import { windowSamples } from 'frill-audio/internals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Provider } from '../engine/ort/provider.js';
import { type Shape, sizeOf } from '../tensor/tensor.js';

export interface OnnxRunner extends ModelRunner {
  close(): void;
}

export interface OnnxRunnerOptions {
  /** What errors call the model. */
  readonly where: string;
  /** Threads within an operation, 1 by default: for many clips, several runners side by side scale better. */
  readonly threads?: number | undefined;
  /** What computes; the processor by default. */
  readonly provider?: Provider | undefined;
}

/** Sizes at which an open batch is offered, so that any number of windows fills a few of them. */
const BATCHES = [1, 2, 4, 8, 16, 32, 64];

/**
 * Opens an ONNX model. An input of open batch size gets a signature for each of several sizes; a waveform of open length is
 * taken for one of FRILL's windows. Throws ModelError for what onnxruntime cannot read, or not run on a window of zeros.
 */
export async function openOnnx(
  bytes: Uint8Array,
  { where, threads, provider }: OnnxRunnerOptions,
): Promise<OnnxRunner> {
  const session = await createSession(bytes, where, threads, provider);
  const close = () => void session.release();
  const inputs = session.inputMetadata.map(
    (metadata): DeclaredInput => ({
      name: metadata.name,
      type: metadata.isTensor ? metadata.type : 'not a tensor',
      shape: metadata.isTensor ? metadata.shape : [],
    }),
  );
  const run: Run = (values, shape) => session.run({ [inputs[0].name]: new Tensor('float32', values, shape) });
  try {
    const takesWindows = inputs.length === 1 && inputs[0].type === 'float32';
    const signatures: Record<string, SignatureInfo> = takesWindows
      ? await signaturesOf(inputs[0], run, where)
      : // What is wrong with them is for whoever wants windows to say.
        { only: { inputs: inputs.map((input) => ({ ...input, shape: [] })), outputs: [] } };
    return {
      where,
      signatures,
      async run(feeds, signature) {
        const [{ name, shape }] = signatures[signature].inputs;
        const results = await run(feeds[name], shape);
        return Object.fromEntries(
          Object.entries(results).flatMap(([output, { data }]) =>
            data instanceof Float32Array ? [[output, data]] : [],
          ),
        );
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

interface DeclaredInput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

async function createSession(
  bytes: Uint8Array,
  where: string,
  threads = 1,
  provider: Provider = 'cpu',
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new ModelError({
      what: 'not a readable ONNX model',
      where,
      remedy: 'Check the file with onnx.checker; an operator that onnxruntime lacks is refused too',
      cause,
    });
  }
}

type Run = (values: Float32Array, shape: Shape) => Promise<InferenceSession.OnnxValueMapType>;

/** One signature for each shape of the input, named by its first extent. */
async function signaturesOf(
  input: DeclaredInput,
  run: Run,
  where: string,
): Promise<Record<string, SignatureInfo>> {
  const shapes = fixedShapes(input, where);
  const [smallest] = shapes;
  const outputs = await tryOut(run, smallest, where);
  return Object.fromEntries(
    shapes.map((shape) => {
      const times = shape[0] / smallest[0];
      const larger = outputs.map((output) => ({ ...output, shape: [times, ...output.shape] }));
      return [`b${shape[0]}`, { inputs: [{ ...input, shape }], outputs: times === 1 ? outputs : larger }];
    }),
  );
}

/** The shapes an input takes, smallest first. Extents that are open, which have a name or nothing, become numbers. */
function fixedShapes({ name, shape }: DeclaredInput, where: string): Shape[] {
  const isOpen = shape.map((extent) => typeof extent !== 'number' || extent < 1);
  const last = shape.length - 1;
  const hasOpenBatch = last > 0 && isOpen[0];
  const closed = shape.map((extent, axis) => {
    if (typeof extent === 'number' && extent > 0) return extent;
    if (axis === last) return windowSamples(FRILL_FRONTEND);
    if (axis === 0) return 1;
    throw new ModelError({
      what: `its input '${name}' is [${shape.map((each, at) => (isOpen[at] ? '?' : each)).join(', ')}]`,
      where,
      remedy:
        'Only the number of windows and the length of a waveform may be open: export it with a fixed shape',
    });
  });
  return hasOpenBatch ? BATCHES.map((batch) => [batch, ...closed.slice(1)]) : [closed];
}

/** What comes out, of which files tell little, as seen when zeros go in. */
async function tryOut(run: Run, shape: Shape, where: string): Promise<TensorInfo[]> {
  try {
    const results = await run(new Float32Array(sizeOf(shape)), shape);
    return Object.entries(results).map(([name, { type, dims }]) => ({ name, type, shape: dims }));
  } catch (cause) {
    throw new ModelError({
      what: `onnxruntime cannot run it on an input [${shape.join(', ')}]`,
      where,
      remedy: 'Check the file with onnx.checker, and the shape of its input',
      cause,
    });
  }
}
