/** The bundlers that a user may have, with their defaults: each makes `dist/main.js` of `main.js` in a folder. */
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { type Rollup, build as vite } from 'vite';
import webpack from 'webpack';

/** Builds, and returns the warnings. */
export type Bundler = (folder: string) => Promise<readonly string[]>;

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  async vite(folder) {
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    await vite({
      root: folder,
      logLevel: 'warn',
      customLogger: {
        info: () => {},
        warn,
        warnOnce: warn,
        error: warn,
        clearScreen: () => {},
        hasErrorLogged: () => false,
        hasWarned: false,
      },
      build: {
        rollupOptions: {
          input: join(folder, 'main.js'),
          output: { entryFileNames: 'main.js' },
          onwarn: ({ message }: Rollup.RollupLog) => warnings.push(message),
        },
      },
    });
    return warnings;
  },

  async esbuild(folder) {
    const { warnings } = await esbuild({
      entryPoints: [join(folder, 'main.js')],
      outdir: join(folder, 'dist'),
      bundle: true,
      minify: true,
      format: 'esm',
      logLevel: 'silent',
    });
    return warnings.map(({ text }) => text);
  },

  async webpack(folder) {
    const compiler = webpack({
      context: folder,
      entry: './main.js',
      output: { path: join(folder, 'dist') },
      mode: 'production',
    });
    if (compiler === null) throw new Error('webpack does not start');
    return new Promise((resolve, reject) => {
      compiler.run((error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors()) reject(new Error(stats.toString('errors-only')));
        else resolve(stats?.compilation.warnings.map(({ message }) => message) ?? []);
      });
    });
  },

  async rollup(folder) {
    const warnings: string[] = [];
    const bundle = await rollup({
      input: join(folder, 'main.js'),
      plugins: [nodeResolve()],
      onwarn: ({ message }) => warnings.push(message),
    });
    await bundle.write({ dir: join(folder, 'dist'), format: 'es' });
    await bundle.close();
    return warnings;
  },
};
