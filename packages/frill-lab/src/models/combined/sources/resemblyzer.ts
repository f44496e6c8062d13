/**
 * The speaker encoder of Resemblyzer (Resemble AI, Apache-2.0): a three-layer LSTM trained with the GE2E loss (Wan et al., ICASSP 2018)
 * on LibriSpeech and VoxCeleb. Its front end: quiet sound amplified to -30 dBFS, a 25 ms Hann window every 10 ms, centred, with
 * the ends reflected, and 40 mel bands of power (Slaney's scale, normalised by area) without a logarithm, as librosa computes
 * them. The original makes loud whole recordings of it and cuts silence out; here a window is what it hears.
 */
import { hannWindow } from 'frill-audio/internals';
import { z } from 'zod';
import { decodeTorchCheckpoint } from '../../../tensor/torch-checkpoint.js';
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

export const resemblyzerSchema = z.strictObject({
  reader: z.literal('resemblyzer'),
  weights: z.string().describe('pretrained.pt of the package Resemblyzer'),
});

const [FRAME, HOP, BANDS, LAYERS] = [400, 160, 40, 3];
const BINS = FRAME / 2 + 1;
const SAMPLE_RATE = 16_000;
const TARGET_RMS = 10 ** (-30 / 20);
/** Below this root mean square, -120 dBFS, a window is silence. */
const SILENCE = 1e-6;

/** Tensors: `mel` [N, 40, 98]; `lstm1` to `lstm3` [N, 256, 98], the hidden states of each layer. */
export const readResemblyzer: ReadSource<z.infer<typeof resemblyzerSchema>> = async (
  { weights: path },
  wanted,
) => {
  const names = ['mel', ...Array.from({ length: LAYERS }, (_, layer) => `lstm${layer + 1}`)];
  refuseAbsent(wanted, names, path);
  const weights = decodeTorchCheckpoint(await readSourceFile(path), 'model_state', path);
  const parameter = (name: string, layer: number) =>
    weights.get(`lstm.${name}_l${layer}`)?.data ?? new Float32Array();

  const write = new NetworkWriter();
  const tensors = new Map<string, SourceTensor>();
  const mel = writeMel(write);
  tensors.set('mel', { name: mel, channelAxis: 1 });
  let steps = write.node('Transpose', [mel], { perm: [2, 0, 1] });
  const deepest = Math.max(...wanted.map((name) => names.indexOf(name)));
  for (let layer = 0; layer < deepest; layer++) {
    steps = writeLstm(write, steps, {
      input: parameter('weight_ih', layer),
      recurrent: parameter('weight_hh', layer),
      biases: [parameter('bias_ih', layer), parameter('bias_hh', layer)],
    });
    const ofWindows = write.node('Transpose', [steps], { perm: [1, 2, 0] });
    tensors.set(names[layer + 1], { name: ofWindows, channelAxis: 1 });
  }
  return { ...write, tensors };
};

function writeMel(write: NetworkWriter): string {
  const length = write.node('ReduceL2', [SAMPLES, write.integers(1)], { keepdims: 1 });
  const rms = write.node('Div', [length, write.scalar(Math.sqrt(WINDOW_SAMPLES))]);
  const heard = write.node('Max', [rms, write.scalar(SILENCE)]);
  const gain = write.node('Max', [write.node('Div', [write.scalar(TARGET_RMS), heard]), write.scalar(1)]);
  const loud = write.node('Mul', [SAMPLES, gain]);
  const reach = FRAME / 2;
  const extended = write.node('Pad', [loud, write.integers(0, reach, 0, reach)], { mode: 'reflect' });
  const wave = write.node('Unsqueeze', [extended, write.integers(1)]);

  const hann = hannWindow(FRAME);
  const basis = new Float32Array(2 * BINS * FRAME);
  for (let bin = 0; bin < BINS; bin++)
    for (let n = 0; n < FRAME; n++) {
      const angle = (2 * Math.PI * ((bin * n) % FRAME)) / FRAME;
      basis[bin * FRAME + n] = hann[n] * Math.cos(angle);
      basis[(BINS + bin) * FRAME + n] = hann[n] * Math.sin(angle);
    }
  const kernel = write.floats([2 * BINS, 1, FRAME], basis);
  const spectrum = write.node('Conv', [wave, kernel], { strides: [HOP] });
  const [real, imaginary] = [write.slice(spectrum, 1, 0, BINS), write.slice(spectrum, 1, BINS, 2 * BINS)];
  const power = write.node('Add', [
    write.node('Mul', [real, real]),
    write.node('Mul', [imaginary, imaginary]),
  ]);
  return write.node('MatMul', [write.floats([BANDS, BINS], slaneyMel()), power]);
}

/** [bands, bins]: triangles between bands equally spaced on Slaney's scale (Auditory Toolbox, 1998), each of area one. */
function slaneyMel(): Float32Array {
  const highest = toMel(SAMPLE_RATE / 2);
  const corners = Array.from({ length: BANDS + 2 }, (_, i) => toHertz((i * highest) / (BANDS + 1)));
  const matrix = new Float32Array(BANDS * BINS);
  for (let band = 0; band < BANDS; band++) {
    const [low, centre, high] = corners.slice(band, band + 3);
    for (let bin = 0; bin < BINS; bin++) {
      const hertz = (bin * SAMPLE_RATE) / FRAME;
      const height = Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre));
      matrix[band * BINS + bin] = (2 / (high - low)) * Math.max(0, height);
    }
  }
  return matrix;
}

/** Linear up to 1 kHz, which is 15 mel, then a factor of 6.4 every 27. */
const [LINEAR_HERTZ, BREAK_HERTZ, BREAK_MEL, STEP] = [200 / 3, 1000, 15, Math.log(6.4) / 27];

function toMel(hertz: number): number {
  return hertz < BREAK_HERTZ ? hertz / LINEAR_HERTZ : BREAK_MEL + Math.log(hertz / BREAK_HERTZ) / STEP;
}

function toHertz(mel: number): number {
  return mel < BREAK_MEL ? mel * LINEAR_HERTZ : BREAK_HERTZ * Math.exp(STEP * (mel - BREAK_MEL));
}
