/**
 * The front end against itself built on two FFT libraries: fft.js (plain JavaScript) and pffft (C compiled to WebAssembly
 * SIMD). The peers do the whole front end too: window, transform, magnitude, mel without zeros, logarithm.
 */
import pffftWasm from '@echogarden/pffft-wasm/simd';
import FFT from 'fft.js';
import { FRILL_FRONTEND, loadFrontend } from '../packages/frill-audio/src/index.js';
import { hannWindow, melMatrix } from '../packages/frill-audio/src/internals.js';
import type { Benchmark, BenchTable } from './table.js';

const { windowLength, hopLength, fftLength, melBands, logFloor, logOffset } = FRILL_FRONTEND;
const SECONDS = 60;
const ROUNDS = 15;

type FrontEnd = (samples: Float32Array) => Float32Array;

/** Measures all in turn, round after round, so that drift of the machine hits all alike. */
export async function frontendBench(): Promise<BenchTable> {
  const frill = await loadFrontend();
  const subjects: { name: string; run: FrontEnd }[] = [
    { name: 'Frill, one WASM SIMD kernel', run: (samples) => frill.logMel(samples).data },
    { name: 'pffft-wasm (SIMD) + TypeScript', run: await withPffft() },
    { name: 'fft.js + TypeScript', run: withFftJs() },
  ];
  const samples = Float32Array.from(
    { length: SECONDS * FRILL_FRONTEND.sampleRate },
    (_, n) => 0.3 * Math.sin(n * n * 1e-7) + 0.1 * Math.sin(n * 0.9),
  );
  const reference = subjects[0].run(samples);
  const seconds = subjects.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, { run }] of subjects.entries()) {
      const start = performance.now();
      run(samples);
      seconds[index].push((performance.now() - start) / 1000);
    }
  // The first third warms the engine up.
  const medians = seconds.map((all) => median(all.slice(ROUNDS / 3)));
  return {
    title: 'Front end: 16 kHz samples to log-mel, one core',
    columns: ['implementation', '× real time', 'µs a frame', 'times as long as Frill', 'largest difference'],
    rows: subjects.map(({ name, run }, index) => [
      name,
      SECONDS / medians[index],
      (medians[index] * 1e6) / (reference.length / melBands),
      medians[index] / medians[0],
      largestDifference(run(samples), reference),
    ]),
    notes: [`${SECONDS} s of audio at a time, median of ${ROUNDS - ROUNDS / 3} interleaved rounds`],
  };
}

export const frontend: Benchmark = {
  name: 'frontend',
  summary: 'log-mel front end against fft.js and pffft-wasm',
  run: frontendBench,
};

function withFftJs(): FrontEnd {
  const fft = new FFT(fftLength);
  const input = new Float64Array(fftLength);
  const spectrum = fft.createComplexArray();
  const hann = hannWindow(windowLength);
  const magnitudes = new Float32Array(fftLength / 2 + 1);
  return logMelWith((samples, start) => {
    for (let n = 0; n < windowLength; n++) input[n] = samples[start + n] * hann[n];
    fft.realTransform(spectrum, input);
    for (let bin = 0; bin < magnitudes.length; bin++)
      magnitudes[bin] = Math.sqrt(spectrum[2 * bin] ** 2 + spectrum[2 * bin + 1] ** 2);
    return magnitudes;
  });
}

async function withPffft(): Promise<FrontEnd> {
  const pffft = await pffftWasm();
  const REAL = 0;
  const FORWARD = 0;
  const setup = pffft._pffft_new_setup(fftLength, REAL);
  const allocate = () => pffft._pffft_aligned_malloc(4 * fftLength);
  const [inputAt, outputAt, workAt] = [allocate(), allocate(), allocate()];
  const input = pffft.HEAPF32.subarray(inputAt / 4, inputAt / 4 + fftLength).fill(0);
  const output = pffft.HEAPF32.subarray(outputAt / 4, outputAt / 4 + fftLength);
  const hann = Float32Array.from(hannWindow(windowLength));
  const magnitudes = new Float32Array(fftLength / 2 + 1);
  return logMelWith((samples, start) => {
    for (let n = 0; n < windowLength; n++) input[n] = samples[start + n] * hann[n];
    pffft._pffft_transform_ordered(setup, inputAt, outputAt, workAt, FORWARD);
    // Packed: the first pair holds the first and the last bin, which are real.
    magnitudes[0] = Math.abs(output[0]);
    magnitudes[fftLength / 2] = Math.abs(output[1]);
    for (let bin = 1; bin < fftLength / 2; bin++)
      magnitudes[bin] = Math.sqrt(output[2 * bin] ** 2 + output[2 * bin + 1] ** 2);
    return magnitudes;
  });
}

/** The rest of the front end in TypeScript, with only the weights that are not zero. */
function logMelWith(magnitudesAt: (samples: Float32Array, start: number) => Float32Array): FrontEnd {
  const matrix = melMatrix(FRILL_FRONTEND);
  const bands = Array.from({ length: melBands }, (_, band) => {
    const bins = Array.from({ length: fftLength / 2 + 1 }, (_, bin) => bin);
    const used = bins.filter((bin) => matrix[bin * melBands + band] > 0);
    return {
      first: used[0] ?? 0,
      weights: Float32Array.from(used, (bin) => matrix[bin * melBands + band]),
    };
  });
  return (samples) => {
    const frames = 1 + Math.floor((samples.length - windowLength) / hopLength);
    const logMel = new Float32Array(frames * melBands);
    for (let frame = 0; frame < frames; frame++) {
      const magnitudes = magnitudesAt(samples, frame * hopLength);
      for (let band = 0; band < melBands; band++) {
        const { first, weights } = bands[band];
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += magnitudes[first + i] * weights[i];
        logMel[frame * melBands + band] = Math.log(Math.max(sum, logFloor) + logOffset);
      }
    }
    return logMel;
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}
