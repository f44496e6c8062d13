import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const DEVICE = fileURLToPath(new URL('./packages/frill-audio/src/', import.meta.url));

/** Tests run on the TypeScript sources of both packages; only spawned processes use the build. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^frill-audio$/, replacement: `${DEVICE}index.ts` },
      { find: /^frill-audio\/(\w+)$/, replacement: `${DEVICE}$1.ts` },
    ],
  },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'testing/**/*.test.ts',
      'web/*.test.ts',
      'fuzz/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default', './testing/closing-line.ts'],
  },
});
