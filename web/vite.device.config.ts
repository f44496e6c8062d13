import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The page that measures a device. It goes into the laboratory's package, whose `frill bench --serve` serves it. */
export default defineConfig({
  root: at('device'),
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: at('../packages/frill-lab/dist/device-page'),
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
  },
});
