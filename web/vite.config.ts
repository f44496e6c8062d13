import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { offline } from './offline.js';

/** Static files that work from any path. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    rolldownOptions: {
      input: { index: fileURLToPath(new URL('index.html', import.meta.url)) },
    },
  },
  plugins: [offline()],
});
