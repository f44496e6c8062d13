/** A module with all that it imports as one minified file, as esbuild makes it for a page. */
import { build } from 'esbuild';

/** `contents` may import what a file in `folder` could; imports of `external` are left as they are. */
export async function bundled(
  contents: string,
  folder: string,
  external: readonly string[] = [],
): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    external: [...external],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].contents;
}
