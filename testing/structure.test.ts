/** The house is as docs/architecture.md draws it: rooms import only from rooms above them, and no imports run in a circle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const drawing = readFileSync('docs/architecture.md', 'utf8');

describe.each(['frill-audio', 'frill-lab'])('%s', (name) => {
  const root = `packages/${name}/src`;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
  const imports = new Map(files.map((file) => [file, importsOf(root, file)]));
  const rows = drawing.slice(drawing.indexOf(`| \`${root}\``)).split(/\n\n/)[0];
  const rooms = [...rows.matchAll(/^\| `([\w-]+)\/`/gm)].map(([, room]) => room);
  const roomOf = (file: string) => (file.includes('/') ? file.split('/')[0] : undefined);

  test('the drawing names every room', () => {
    expect(rooms.toSorted()).toEqual([...new Set(files.flatMap((file) => roomOf(file) ?? []))].sort());
  });

  test('rooms import only from rooms above them', () => {
    const isUpward = (from: string | undefined, to: string | undefined) =>
      !from || !to || rooms.indexOf(to) <= rooms.indexOf(from);
    const wrong = files.flatMap((file) =>
      imports
        .get(file)!
        .flatMap((to) => (isUpward(roomOf(file), roomOf(to)) ? [] : [`${file} imports ${to}`])),
    );
    expect(wrong).toEqual([]);
  });

  test('no imports run in a circle, those of types included', () => {
    const isOpen = new Set<string>();
    const follow = (file: string, path: readonly string[]): string[] => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (isOpen.has(file)) return [];
      const circle = imports.get(file)!.map((to) => follow(to, [...path, file]));
      isOpen.add(file);
      return circle.find((found) => found.length > 0) ?? [];
    };
    expect(files.map((file) => follow(file, [])).filter((circle) => circle.length > 0)).toEqual([]);
  });
});

test('what is for apps needs nothing of frill-audio/internals', () => {
  const files = ['web/src', 'examples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const pages = ['README.md', 'docs/library.md', 'packages/frill-audio/README.md'];
  const texts = [...files.filter((file) => /\.tsx?$/.test(file)), ...pages];
  expect(texts.filter((file) => readFileSync(file, 'utf8').includes('frill-audio/internals'))).toEqual([]);
});

/** Every relative import of a file, of types and at run time, from the sources' root. */
function importsOf(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.[^']+)'/g);
  const paths = [...found].map(([, path]) => join(dirname(file), path).replace(/\.js$/, '.ts'));
  // What lies beside the sources is no room.
  return paths.filter((path) => !path.startsWith('..'));
}
