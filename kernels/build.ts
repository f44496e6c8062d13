/**
 * `npm run build:kernels` compiles the AssemblyScript files of this folder to WebAssembly (SIMD, memory imported as
 * `env.memory`, no runtime) and writes the bytes as base64 modules beside the code that runs them, so that neither
 * bundlers nor `tsc` need to know of .wasm files. The modules are committed; a test next to each compares them with
 * what the source compiles to.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each kernel's module, which carries its bytes, its source in this folder, and what it needs beside plain SIMD. */
export const KERNELS = {
  adam: { module: 'packages/frill-lab/src/engine/ort/adam-kernel.ts', source: 'adam', needs: [] },
  'log-mel': { module: 'packages/frill-audio/src/frontend/log-mel-kernel.ts', source: 'log-mel', needs: [] },
  resample: {
    module: 'packages/frill-audio/src/audio/resample/resample-kernel.ts',
    source: 'resample',
    needs: [],
  },
  engine: { module: 'packages/frill-audio/src/engine/engine-kernel.ts', source: 'engine', needs: [] },
  'engine-relaxed': {
    module: 'packages/frill-audio/src/engine/engine-relaxed-kernel.ts',
    source: 'engine',
    needs: ['relaxed-simd'],
  },
} as const;

/** The module's text for a kernel, compiled now. Throws with the compiler's messages. */
export async function compileKernel(name: keyof typeof KERNELS): Promise<string> {
  const { source, needs } = KERNELS[name];
  const binary = await compileSource(source, needs);
  const base64 = Buffer.from(binary).toString('base64');
  const lines = base64.match(/.{1,100}/g)?.map((line) => `  '${line}',`) ?? [];
  return `/** Built from kernels/${source}.ts by \`npm run build:kernels\`; ${binary.length} bytes of WebAssembly, base64. */
export const ${name.toUpperCase().replaceAll('-', '_')}_KERNEL = [
${lines.join('\n')}
].join('');
`;
}

/** WebAssembly of a source of this folder, with plain SIMD and what it needs beside it. Throws with the compiler's messages. */
export async function compileSource(
  name: string,
  needs: readonly 'relaxed-simd'[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  let binary = new Uint8Array();
  const source = `kernels/${name}.ts`;
  const options = ['--outFile', 'kernel.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory'];
  const features = ['simd', ...needs].flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main([source, ...options, ...features], {
    readFile: (file) => {
      try {
        return readFileSync(`${root}${file}`, 'utf8');
      } catch {
        return null;
      }
    },
    writeFile: (_file, contents) => {
      if (typeof contents !== 'string') binary = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`kernel ${name} does not compile: ${error.message}\n${stderr.toString()}`);
  return binary;
}

/** Where a kernel's module lies. */
export function kernelModule(name: keyof typeof KERNELS): string {
  return `${root}${KERNELS[name].module}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const name of Object.keys(KERNELS) as (keyof typeof KERNELS)[])
    writeFileSync(kernelModule(name), await compileKernel(name));
