/**
 * Silero VAD v6 at 16 kHz (snakers4/silero-vad, MIT): the window cut into 31 chunks as the original does when it hears a stream
 * (512 new samples behind the last 64, zeros at first; 64 more by reflection), STFT magnitudes, four convolutions, and an LSTM cell
 * that keeps its state from chunk to chunk. The state is empty where a window begins.
 *
 * Here the chunks of all windows are one image [N, channels, chunks, frames], which a convolution along frames treats chunk by chunk.
 * Three of a chunk's four STFT frames lie on one grid over the whole window. The fourth reaches into the reflection; that is
 * linear, so its basis is folded back onto the 192 samples that are there.
 */
import { extname } from 'node:path';
import { ModelError } from 'frill-audio';
import { z } from 'zod';
import { constantNamed, readOnnx } from '../../../onnx/read-onnx.js';
import { loadSafetensors } from '../../../tensor/safetensors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { writeLstm } from './lstm.js';
import {
  NetworkWriter,
  type ReadSource,
  readSourceFile,
  refuseAbsent,
  SAMPLES,
  type SourceTensor,
  WINDOW_SAMPLES,
} from './source.js';

export const sileroSchema = z.strictObject({
  reader: z.literal('silero'),
  weights: z
    .string()
    .describe('silero_vad_16k.safetensors or silero_vad_16k_op15.onnx of the original repository'),
});

const CONTEXT = 64;
const CHUNK = 512;
const CHUNKS = Math.ceil(WINDOW_SAMPLES / CHUNK);
const [FRAME, HOP] = [256, 128];
const FRAMES = CHUNK / HOP;
const BINS = FRAME / 2 + 1;
/** Position in a chunk's 64 + 512 samples at which its last frame begins; the reflection follows. */
const LAST = CONTEXT + CHUNK - (FRAMES - 1) * HOP;
const STATE = 128;
const STRIDES = [1, 2, 2, 1];

/** Tensors: `magnitude` [N, 129, 31, 4], `conv1` to `conv4` [N, channels, 31, frames], `lstm` [N, 128, 31]. */
export const readSilero: ReadSource<z.infer<typeof sileroSchema>> = async ({ weights: path }, wanted) => {
  const weights = await readWeights(path);
  const write = new NetworkWriter();
  const tensors = new Map<string, SourceTensor>();
  const offer = (called: string, name: string) => {
    tensors.set(called, { name, channelAxis: 1 });
    return name;
  };

  const gridEnd = (CHUNKS * FRAMES - 1) * HOP + FRAME;
  const margins = write.integers(0, CONTEXT, 0, gridEnd - CONTEXT - WINDOW_SAMPLES);
  const wave = write.node('Unsqueeze', [write.node('Pad', [SAMPLES, margins]), write.integers(1)]);
  const basis = weights('stft_conv.weight', [2 * BINS, 1, FRAME]);
  const onGrid = write.node('Conv', [wave, write.floats([2 * BINS, 1, FRAME], basis)], { strides: [HOP] });
  const byChunk = write.node('Reshape', [onGrid, write.integers(0, 2 * BINS, CHUNKS, FRAMES)]);
  const folded = write.node(
    'Conv',
    [
      write.slice(wave, 2, (FRAMES - 1) * HOP, gridEnd),
      write.floats([2 * BINS, 1, LAST], foldedAtTheEnd(basis)),
    ],
    { strides: [CHUNK] },
  );
  const last = write.node('Unsqueeze', [folded, write.integers(3)]);
  const stft = write.node('Concat', [write.slice(byChunk, 3, 0, FRAMES - 1), last], { axis: 3 });
  const [real, imaginary] = [write.slice(stft, 1, 0, BINS), write.slice(stft, 1, BINS, 2 * BINS)];
  const squares = write.node('Add', [
    write.node('Mul', [real, real]),
    write.node('Mul', [imaginary, imaginary]),
  ]);
  let x = offer('magnitude', write.node('Sqrt', [squares]));

  let channels = BINS;
  for (const [index, stride] of STRIDES.entries()) {
    const called = `conv${index + 1}`;
    const bias = weights(`${called}.bias`);
    const kernel = weights(`${called}.weight`, [bias.length, channels, 3]);
    const operands = [
      x,
      write.floats([bias.length, channels, 1, 3], kernel),
      write.floats([bias.length], bias),
    ];
    const sum = write.node('Conv', operands, { pads: [0, 1, 0, 1], strides: [1, stride] });
    x = offer(called, write.node('Relu', [sum]));
    channels = bias.length;
  }

  const steps = write.node('Squeeze', [
    write.node('Transpose', [x], { perm: [2, 0, 1, 3] }),
    write.integers(3),
  ]);
  const states = writeLstm(write, steps, {
    input: weights('lstm_cell.weight_ih', [4 * STATE, channels]),
    recurrent: weights('lstm_cell.weight_hh', [4 * STATE, STATE]),
    biases: [weights('lstm_cell.bias_ih', [4 * STATE]), weights('lstm_cell.bias_hh', [4 * STATE])],
  });
  offer('lstm', write.node('Transpose', [states], { perm: [1, 2, 0] }));

  refuseAbsent(wanted, tensors.keys(), path);
  return { ...write, tensors };
};

type Weights = (name: string, shape?: readonly number[]) => Float32Array;

/** The original repository has the network in two files, of which each has names of its own. */
async function readWeights(path: string): Promise<Weights> {
  const find = extname(path).toLowerCase() === '.onnx' ? await inOnnx(path) : await inSafetensors(path);
  return (name, shape) => {
    const tensor = find(name);
    const what = tensor
      ? shape && tensor.shape.join() !== shape.join() && `its '${name}' is [${tensor.shape}], not [${shape}]`
      : `it holds no '${name}'`;
    if (tensor && !what) return tensor.data;
    throw new ModelError({
      what: `${what}`,
      where: path,
      remedy: 'Give silero_vad_16k.safetensors or silero_vad_16k_op15.onnx of snakers4/silero-vad, version 6',
    });
  };
}

type FindTensor = (name: string) => Tensor<Float32Array> | undefined;

async function inSafetensors(path: string): Promise<FindTensor> {
  const { tensors } = await loadSafetensors(path);
  return (name) => tensors.get(name);
}

async function inOnnx(path: string): Promise<FindTensor> {
  const file = readOnnx(await readSourceFile(path), path);
  return (name) => {
    const [, layer, kind] = /^conv(\d)\.(.+)$/.exec(name) ?? [];
    const there =
      name === 'stft_conv.weight'
        ? 'model.stft.forward_basis_buffer'
        : layer
          ? `model.encoder.${Number(layer) - 1}.reparam_conv.${kind}`
          : name.replace('lstm_cell.', 'model.decoder.rnn.');
    const constant = constantNamed(file, there, path);
    return constant?.data instanceof Float32Array
      ? { shape: constant.shape, data: constant.data }
      : undefined;
  };
}

/** The basis of a chunk's last frame, 256 samples of which 64 are a reflection, over the 192 that are there. */
function foldedAtTheEnd(basis: Float32Array): Float32Array {
  const rows = basis.length / FRAME;
  const folded = new Float32Array(rows * LAST);
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < FRAME; at++) {
      // Reflected about the last sample, which is not repeated.
      const place = at < LAST ? at : 2 * (LAST - 1) - at;
      folded[row * LAST + place] += basis[row * FRAME + at];
    }
  return folded;
}
