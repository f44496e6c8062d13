/** What the benchmark uses of the emscripten module of @echogarden/speex-resampler-wasm; the package has no types. */
declare module '@echogarden/speex-resampler-wasm/simd' {
  interface SpeexResampler {
    readonly HEAPF32: Float32Array;
    readonly HEAP32: Int32Array;
    _malloc(bytes: number): number;
    _speex_resampler_init(channels: number, from: number, to: number, quality: number, error: number): number;
    _speex_resampler_reset_mem(state: number): number;
    _speex_resampler_process_float(
      state: number,
      channel: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
  }
  export default function load(): Promise<SpeexResampler>;
}
