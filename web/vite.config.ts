import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { offline } from './offline.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A file of one's own, `model.tflite` in the public folder, takes the place of the released model. */
const ownModel: Plugin = {
  name: 'frill-own-model',
  config: ({ publicDir }) => ({
    define: { HAS_OWN_MODEL: JSON.stringify(existsSync(join(publicDir || at('public'), 'model.tflite'))) },
  }),
};

/** Static files that work from any path. */
export default defineConfig({
  root: at('.'),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // Decoders of formats that few files have; each is loaded when one comes.
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: { index: at('index.html') } },
  },
  plugins: [ownModel, offline()],
});
