/**
 * Where onnxruntime computes: on the processor, or on a GPU by the first of its execution providers that answers a small product
 * here. An installed provider is not enough, because its libraries or the driver of the GPU may be missing.
 */
import { InputError } from 'frill-audio';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../../onnx/onnx-model.js';
import type { Device } from '../device.js';

/** Execution providers of GPUs, in the order in which they are tried. */
const GPU_PROVIDERS = ['cuda', 'webgpu'] as const;
type GpuProvider = (typeof GPU_PROVIDERS)[number];

/** onnxruntime's execution providers that Frill asks for. */
export type Provider = 'cpu' | GpuProvider;

const NEEDS: Readonly<Record<GpuProvider, string>> = {
  cuda: 'it needs an NVIDIA GPU with CUDA 12 and cuDNN 9, and the files of `npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12`',
  webgpu: 'it needs a GPU with a driver for Vulkan, Metal or Direct3D 12',
};

/** The provider to compute with. Throws InputError that says what each lacks, where a GPU is asked for and none computes. */
export async function providerOf(device: Device): Promise<Provider> {
  if (device === 'cpu') return 'cpu';
  const lacks: string[] = [];
  for (const provider of GPU_PROVIDERS) {
    const reason = await whyNot(provider);
    if (reason === undefined) return provider;
    lacks.push(`${provider}: ${reason}; ${NEEDS[provider]}`);
  }
  throw new InputError({
    what: `onnxruntime finds no GPU that computes here. ${lacks.join('. ')}`,
    where: '--device gpu',
    remedy: 'Install what is missing, or leave --device out: then the processor computes',
  });
}

/** Why a provider does not compute here; undefined where it does. */
async function whyNot(provider: GpuProvider): Promise<string | undefined> {
  // The reason is told by whoever asks; where this is onnxruntime's first session, its own lines do not stand beside it.
  env.logLevel = 'fatal';
  try {
    const session = await InferenceSession.create(PRODUCT, {
      executionProviders: [provider],
      logSeverityLevel: 4,
    });
    try {
      const { c } = await session.run({ a: ofTwos(), b: ofTwos() });
      return c.data[0] === 8 ? undefined : 'it gives a wrong product of two small matrices';
    } finally {
      await session.release();
    }
  } catch (error) {
    return reasonOf(error);
  }
}

const PRODUCT = encodeModel({
  inputs: [
    { name: 'a', shape: [2, 2] },
    { name: 'b', shape: [2, 2] },
  ],
  outputs: [{ name: 'c', shape: [2, 2] }],
  constants: [],
  nodes: [{ op: 'MatMul', domain: '', inputs: ['a', 'b'], outputs: ['c'], attributes: {} }],
});

function ofTwos(): Tensor {
  return new Tensor('float32', new Float32Array(4).fill(2), [2, 2]);
}

/** onnxruntime's sentence, without the places in its sources before it. */
function reasonOf(error: unknown): string {
  const [first] = String(error instanceof Error ? error.message : error).split('\n');
  return first.replace(/^.*(?:was false\.|\w+_\w+:) /, '').trim();
}
