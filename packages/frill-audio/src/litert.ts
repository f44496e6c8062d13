/**
 * LiteRT.js (Google's TensorFlow Lite runtime in WebAssembly) for .tflite files that Frill did not write. A door of its own:
 * who does not import it needs no `@litertjs/core`.
 *
 *     import { loadEmbedder } from 'frill-audio';
 *     import { liteRt } from 'frill-audio/litert';
 *     const embedder = await loadEmbedder('yamnet.tflite', { runtime: liteRt() });
 */
import { ModelError } from './errors.js';
import { type LiteRtOptions, startLiteRt } from './runtime/litert.js';
import { LiteRtModel } from './runtime/litert-model.js';
import type { Runtime } from './runtime/model.js';

export type { LiteRtOptions } from './runtime/litert.js';

/**
 * LiteRT.js as a runtime for `loadEmbedder` and `loadModel`; needs the package `@litertjs/core`. It starts with the first model and is
 * kept for those that follow. This function throws nothing; opening a model throws ModelError where the runtime does not start or
 * refuses the file.
 */
export function liteRt(options: LiteRtOptions = {}): Runtime {
  return {
    async open(bytes, where, metadata) {
      const core = await startLiteRt(options);
      try {
        const compiled = await core.loadAndCompile(bytes, {
          accelerator: 'wasm',
          cpuOptions: { numThreads: options.threads ?? 1 },
        });
        return new LiteRtModel(core, compiled, where, metadata);
      } catch (cause) {
        throw new ModelError({
          what: 'the runtime refuses this model',
          where,
          remedy: 'It may be damaged, or use operations that TensorFlow Lite does not have built in',
          cause,
        });
      }
    },
  };
}
