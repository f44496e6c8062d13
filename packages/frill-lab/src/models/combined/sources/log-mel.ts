/**
 * Frill's own front end as nodes: the log-mel spectrogram of a window, and its cepstra (20 coefficients by an orthonormal DCT-II, and
 * their slopes over two frames either side, as in `mfcc-statistics`). Networks that take log-mel windows read it too.
 */
import { FRILL_FRONTEND } from 'frill-audio';
import { hannWindow, melMatrix } from 'frill-audio/internals';
import { z } from 'zod';
import { NetworkWriter, type ReadSource, refuseAbsent, SAMPLES, type SourceTensor } from './source.js';

export const logMelSchema = z.strictObject({ reader: z.literal('log-mel') });

const { windowLength, hopLength, fftLength, melBands, logFloor, logOffset } = FRILL_FRONTEND;
const BINS = fftLength / 2 + 1;
const COEFFICIENTS = 20;
const REACH = 2;

/** Tensors: `log-mel` [N, 64, 96], `cepstra` [N, 40, 96]: 20 coefficients, then their slopes. */
export const readLogMel: ReadSource<z.infer<typeof logMelSchema>> = async (_source, wanted) => {
  refuseAbsent(wanted, ['log-mel', 'cepstra'], 'log-mel');
  const write = new NetworkWriter();
  const logMel = writeLogMel(write);
  const tensors = new Map<string, SourceTensor>([['log-mel', { name: logMel, channelAxis: 1 }]]);
  if (wanted.includes('cepstra'))
    tensors.set('cepstra', { name: writeCepstra(write, logMel), channelAxis: 1 });
  return { ...write, tensors };
};

/** Appends the front end; the name of the log-mel windows [N, bands, frames]. The transform is a convolution. */
export function writeLogMel(write: NetworkWriter): string {
  const hann = hannWindow(windowLength);
  const basis = new Float32Array(2 * BINS * windowLength);
  for (let bin = 0; bin < BINS; bin++)
    for (let n = 0; n < windowLength; n++) {
      const angle = (2 * Math.PI * ((bin * n) % fftLength)) / fftLength;
      basis[bin * windowLength + n] = hann[n] * Math.cos(angle);
      basis[(BINS + bin) * windowLength + n] = hann[n] * Math.sin(angle);
    }
  const wave = write.node('Unsqueeze', [SAMPLES, write.integers(1)]);
  const kernel = write.floats([2 * BINS, 1, windowLength], basis);
  const spectrum = write.node('Conv', [wave, kernel], { strides: [hopLength] });
  const [real, imaginary] = [write.slice(spectrum, 1, 0, BINS), write.slice(spectrum, 1, BINS, 2 * BINS)];
  const squares = write.node('Add', [
    write.node('Mul', [real, real]),
    write.node('Mul', [imaginary, imaginary]),
  ]);
  const byBin = melMatrix(FRILL_FRONTEND);
  const weights = new Float32Array(melBands * BINS);
  for (let band = 0; band < melBands; band++)
    for (let bin = 0; bin < BINS; bin++) weights[band * BINS + bin] = byBin[bin * melBands + band];
  const mel = write.node('MatMul', [write.floats([melBands, BINS], weights), write.node('Sqrt', [squares])]);
  const positive = write.node('Max', [mel, write.scalar(logFloor)]);
  return write.node('Log', [write.node('Add', [positive, write.scalar(logOffset)])]);
}

function writeCepstra(write: NetworkWriter, logMel: string): string {
  const basis = Float32Array.from({ length: COEFFICIENTS * melBands }, (_, index) => {
    const order = Math.floor(index / melBands);
    const scale = Math.sqrt((order === 0 ? 1 : 2) / melBands);
    return scale * Math.cos((Math.PI * order * ((index % melBands) + 0.5)) / melBands);
  });
  const coefficients = write.node('MatMul', [write.floats([COEFFICIENTS, melBands], basis), logMel]);
  const margins = write.integers(0, 0, REACH, 0, 0, REACH);
  const extended = write.node('Pad', [coefficients, margins], { mode: 'edge' });
  // The slope of the regression line: sum of reach times value, over sum of reach squared.
  const taps = [-2, -1, 0, 1, 2].map((reach) => reach / 10);
  const kernel = write.floats(
    [COEFFICIENTS, 1, taps.length],
    Float32Array.from({ length: COEFFICIENTS * taps.length }, (_, at) => taps[at % taps.length]),
  );
  const slopes = write.node('Conv', [extended, kernel], { group: COEFFICIENTS });
  return write.node('Concat', [coefficients, slopes], { axis: 1 });
}
