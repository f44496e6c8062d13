import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests run on the TypeScript sources of both packages; only spawned processes use the build. */
export default defineConfig({
  resolve: {
    alias: { 'frill-audio': fileURLToPath(new URL('./packages/frill-audio/src/index.ts', import.meta.url)) },
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default', './testing/closing-line.ts'],
  },
});
