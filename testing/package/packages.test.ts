/** Both packages as the registry would have them: complete, and right for every tool that resolves them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack, packedFiles, ROOT } from './tarball.js';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = async (path: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(ROOT, path, 'package.json'), 'utf8'));

it('have one version, the workspace’s', async () => {
  const { version } = await manifestOf('.');
  const lab = await manifestOf('packages/frill-lab');
  expect((await manifestOf('packages/frill-audio')).version).toBe(version);
  expect((await manifestOf('packages/frill-models')).version).toBe(version);
  expect(lab.version).toBe(version);
  expect(lab.dependencies?.['frill-audio']).toBe(version);
  expect(lab.dependencies?.['frill-models']).toBe(version);
});

describe.each(['frill-audio', 'frill-lab'])('%s', (name) => {
  let folder: string;
  let tarball: Uint8Array;
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frill-packages-'));
    const path = await pack(name, folder);
    tarball = await readFile(path);
    files = await packedFiles(path, folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds its licence, its README and no tests', async () => {
    expect(files.get('LICENSE')).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
    expect(files.get('README.md')).toContain(`# ${name}`);
    expect([...files.keys()].filter((path) => /\.test\.|tsbuildinfo/.test(path))).toEqual([]);
  });

  it('has source maps that hold their sources', () => {
    const maps = [...files].filter(([path]) => path.endsWith('.js.map'));
    expect(maps.length).toBeGreaterThan(10);
    for (const [path, text] of maps) {
      const { sources, sourcesContent } = JSON.parse(text);
      expect(sourcesContent, path).toHaveLength(sources.length);
      expect(sourcesContent[0].length, path).toBeGreaterThan(0);
    }
  });

  it('has nothing that publint finds', async () => {
    const buffer = new Uint8Array(tarball).buffer;
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has right types for everyone who imports modules', async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball), {
      // A script for the audio thread, to be served and not imported.
      excludeEntrypoints: ['./worklets/microphone.js'],
    });
    // The packages are modules alone: neither CommonJS nor what knows no exports can have them.
    const others = ['node10', 'node16-cjs'];
    const problems = result.types
      ? result.problems.filter(
          (problem) => !('resolutionKind' in problem && others.includes(problem.resolutionKind)),
        )
      : [];
    expect(problems).toEqual([]);
  });
});
