import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { offline } from './offline.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

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
  plugins: [offline()],
});
