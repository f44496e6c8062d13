/**
 * Native TensorFlow Lite with XNNPACK: the independent judge of exported files and the peer of the latency benchmark.
 * The C library (2.9, Linux and macOS) comes inside the npm package `tfjs-tflite-node`, called through `koffi`. Both
 * are optional and for development only: `openNativeTflite` says what is missing.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InputError, ModelError } from 'frill-audio';

/** A model loaded by the native runtime. Signatures are not in its C interface; the first subgraph runs. */
export interface NativeModel {
  readonly inputs: readonly NativeTensor[];
  readonly outputs: readonly NativeTensor[];
  /** Runs once on float32 inputs, in the order of `inputs`; the outputs are copies. */
  run(inputs: readonly Float32Array[]): Float32Array[];
  close(): void;
}

export interface NativeTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface NativeTflite {
  readonly version: string;
  /** Throws ModelError where the runtime refuses the file. */
  load(model: Uint8Array, options?: { threads?: number; xnnpack?: boolean }): NativeModel;
}

const LIBRARY: Readonly<Record<string, string>> = {
  'linux-x64': 'linux_amd64/libtensorflowlite_c.so',
  'linux-arm64': 'linux_arm64/libtensorflowlite_c.so',
  'darwin-arm64': 'darwin_arm64/libtensorflowlite_c.dylib',
};
/**
 * Larger than `TfLiteXNNPackDelegateOptions` of any version; its first field is the number of threads. The flags after it stay
 * 0, as in applications: XNNPACK of 2.9 then leaves int8 operators to the built-in kernels.
 */
const XNNPACK_OPTIONS_BYTES = 256;

/** Opens the library. Throws InputError with what to install where it is absent. */
export async function openNativeTflite(): Promise<NativeTflite> {
  const path = libraryPath();
  const koffi = await import('koffi').then(
    (module) => module.default,
    (cause) => {
      throw absent('koffi', cause);
    },
  );
  const library = koffi.load(path);
  const c = (declaration: string): ((...values: unknown[]) => unknown) => library.func(declaration);
  const api = {
    version: c('const char* TfLiteVersion()'),
    createModel: c('void* TfLiteModelCreate(const uint8_t*, size_t)'),
    deleteModel: c('void TfLiteModelDelete(void*)'),
    createOptions: c('void* TfLiteInterpreterOptionsCreate()'),
    deleteOptions: c('void TfLiteInterpreterOptionsDelete(void*)'),
    setThreads: c('void TfLiteInterpreterOptionsSetNumThreads(void*, int)'),
    addDelegate: c('void TfLiteInterpreterOptionsAddDelegate(void*, void*)'),
    createXnnpack: c('void* TfLiteXNNPackDelegateCreate(const void*)'),
    deleteXnnpack: c('void TfLiteXNNPackDelegateDelete(void*)'),
    createInterpreter: c('void* TfLiteInterpreterCreate(void*, void*)'),
    deleteInterpreter: c('void TfLiteInterpreterDelete(void*)'),
    allocate: c('int TfLiteInterpreterAllocateTensors(void*)'),
    invoke: c('int TfLiteInterpreterInvoke(void*)'),
    inputCount: c('int TfLiteInterpreterGetInputTensorCount(void*)'),
    outputCount: c('int TfLiteInterpreterGetOutputTensorCount(void*)'),
    input: c('void* TfLiteInterpreterGetInputTensor(void*, int)'),
    output: c('void* TfLiteInterpreterGetOutputTensor(void*, int)'),
    name: c('const char* TfLiteTensorName(void*)'),
    rank: c('int TfLiteTensorNumDims(void*)'),
    extent: c('int TfLiteTensorDim(void*, int)'),
    type: c('int TfLiteTensorType(void*)'),
    copyIn: c('int TfLiteTensorCopyFromBuffer(void*, const void*, size_t)'),
    copyOut: c('int TfLiteTensorCopyToBuffer(void*, void*, size_t)'),
  };

  return {
    version: String(api.version()),
    load(bytes, { threads = 1, xnnpack = true } = {}) {
      // The runtime reads the file in place, at 16-byte multiples, for as long as the model lives.
      const held = Buffer.from(bytes);
      const model = api.createModel(held, held.length);
      if (!model)
        throw new ModelError({
          what: 'native TensorFlow Lite refuses the file',
          remedy: 'Look at it with `frill inspect`',
        });
      const options = api.createOptions();
      api.setThreads(options, threads);
      const settings = Buffer.alloc(XNNPACK_OPTIONS_BYTES);
      settings.writeInt32LE(threads);
      const delegate = xnnpack ? api.createXnnpack(settings) : undefined;
      if (delegate) api.addDelegate(options, delegate);
      const interpreter = api.createInterpreter(model, options);
      const close = () => {
        if (interpreter) api.deleteInterpreter(interpreter);
        if (delegate) api.deleteXnnpack(delegate);
        api.deleteOptions(options);
        api.deleteModel(model);
        held.fill(0);
      };
      if (!interpreter || api.allocate(interpreter) !== 0) {
        close();
        throw new ModelError({
          what: 'native TensorFlow Lite cannot prepare the model',
          remedy: 'An operator is newer than version 2.9, or its tensors do not fit',
        });
      }
      const describe = (tensor: unknown): NativeTensor => ({
        name: String(api.name(tensor)),
        shape: Array.from({ length: Number(api.rank(tensor)) }, (_, axis) =>
          Number(api.extent(tensor, axis)),
        ),
      });
      const inputs = list(Number(api.inputCount(interpreter)), (index) => api.input(interpreter, index));
      const outputs = list(Number(api.outputCount(interpreter)), (index) => api.output(interpreter, index));
      const expect = (status: unknown, what: string) => {
        if (status !== 0) throw new ModelError({ what: `native TensorFlow Lite: ${what} failed` });
      };
      return {
        inputs: inputs.map(describe),
        outputs: outputs.map(describe),
        run(values) {
          for (const [index, value] of values.entries())
            expect(api.copyIn(inputs[index], value, value.byteLength), `copying input ${index}`);
          expect(api.invoke(interpreter), 'running');
          return outputs.map((tensor, index) => {
            const result = new Float32Array(
              describe(tensor).shape.reduce((size, extent) => size * extent, 1),
            );
            expect(api.copyOut(tensor, result, result.byteLength), `copying output ${index}`);
            return result;
          });
        },
        close,
      };
    },
  };
}

/** Whether the native runtime can be opened on this machine: tests of agreement skip where not. */
export async function nativeTfliteAvailable(): Promise<boolean> {
  return openNativeTflite().then(
    () => true,
    () => false,
  );
}

function list<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index));
}

function libraryPath(): string {
  const file = LIBRARY[`${process.platform}-${process.arch}`];
  if (file === undefined)
    throw new InputError({
      what: `native TensorFlow Lite is not available for ${process.platform}-${process.arch}`,
      remedy: 'Use LiteRT.js',
    });
  try {
    const resolved = createRequire(import.meta.url).resolve('tfjs-tflite-node/package.json');
    return join(dirname(resolved), 'cc_deps', file);
  } catch (cause) {
    throw absent('tfjs-tflite-node', cause);
  }
}

function absent(name: string, cause: unknown): InputError {
  return new InputError({
    what: `native TensorFlow Lite needs the npm package ${name}, which is not installed`,
    remedy: 'npm install --save-dev --ignore-scripts koffi tfjs-tflite-node',
    cause,
  });
}
