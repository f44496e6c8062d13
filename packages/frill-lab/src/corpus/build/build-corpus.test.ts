import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silent } from '../../run/progress.js';
import { random } from '../../tensor/random.js';
import { encodeWav } from '../wav-file.js';
import type { Exclusions } from './assemble.js';
import { buildCorpus } from './build-corpus.js';
import { type Declaration, readDeclarations } from './declaration.js';

let folder: string;
let commit: string;

/** Seconds of noise, so that no two are alike. */
function sound(seed: string, seconds: number, level = 0.3): Uint8Array {
  const noise = random(seed);
  return encodeWav(Float32Array.from({ length: 16_000 * seconds }, () => level * noise.uniform(-1, 1)));
}

const FILES: Record<string, Uint8Array | string> = {
  'speech/ann_1.wav': sound('a', 1),
  'speech/ann_2.wav': sound('a', 1),
  'speech/bob_1.wav': sound('b', 31),
  'speech/eve_1.wav': sound('e', 1),
  'speech/leak_1.wav': sound('l', 1),
  'speech/quiet_1.wav': sound('q', 1, 1e-4),
  'speech/short_1.wav': sound('s', 0.1),
  'speech/broken_1.wav': 'not audio',
  'noise/rain.wav': sound('r', 2),
  'owners.txt': 'ann CC0-1.0\nbob MIT\neve MIT\nleak MIT\nquiet MIT\nshort MIT\nbroken MIT\n',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frill-build-'));
  const clone = join(folder, 'clones/some/words');
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(clone, path)), { recursive: true });
    await writeFile(join(clone, path), content);
  }
  const git = (...given: string[]) =>
    execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@t', ...given], {
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'words');
  commit = git('rev-parse', 'HEAD').trim();
  // What lies in the work tree does not count: the commit does.
  await writeFile(join(clone, 'speech/ann_1.wav'), 'changed');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function declared(changes: Record<string, unknown> = {}): Promise<Declaration[]> {
  const sources = await mkdtemp(join(folder, 'sources-'));
  const content = {
    name: 'words',
    about: 'words',
    from: { repository: 'some/words', commit },
    licence: '{licence[who]}',
    tables: {
      licence: {
        files: '^owners\\.txt$',
        line: '^(?<who>\\w+) (?<licence>\\S+)$',
        key: '{who}',
        value: '{licence}',
      },
    },
    rules: [
      { match: '^speech/(?<who>\\w+)_\\d\\.wav$', speaker: '{who}', language: 'en' },
      { match: '^noise/', kind: 'ambience', licence: 'CC0-1.0' },
    ],
    speakersOf: [{ corpus: 'task', column: 'name', is: '{who}' }],
    ...changes,
  };
  await writeFile(join(sources, 'words.json'), JSON.stringify(content));
  return readDeclarations(sources);
}

const none: Exclusions = { heldOutLanguages: new Set(), testSpeakers: new Set(), leaks: new Set() };

function build(
  declarations: Declaration[],
  out: string,
  exclusions: Partial<Exclusions> = {},
  signal = new AbortController().signal,
) {
  return buildCorpus(declarations, {
    folder: join(folder, out),
    repositories: join(folder, 'clones'),
    packages: join(folder, 'packages'),
    decoder: 'own',
    exclusions: async () => ({ ...none, ...exclusions }),
    progress: silent,
    signal,
  });
}

test('clips are cut, silence, scraps and doubles are left out, and a bad file ends nothing', async () => {
  const { clips, removed, sources, failed } = await build(await declared(), 'whole', {
    testSpeakers: new Set(['task/name/eve']),
  });
  expect(failed).toEqual([]);
  expect(clips.map(({ path, seconds, split }) => [path, seconds, split])).toEqual([
    ['audio/words/noise/rain.wav.wav', 2, expect.stringMatching(/^noise-t/)],
    ['audio/words/speech/ann_1.wav.wav', 1, 'train'],
    ['audio/words/speech/bob_1.wav_000.wav', 10, 'train'],
    ['audio/words/speech/bob_1.wav_001.wav', 10, 'train'],
    ['audio/words/speech/bob_1.wav_002.wav', 11, 'train'],
    ['audio/words/speech/leak_1.wav.wav', 1, 'train'],
  ]);
  expect(removed.map(({ path, reason }) => [path, reason])).toEqual([
    ['audio/words/speech/ann_2.wav.wav', 'the same samples as another clip'],
    ['audio/words/speech/eve_1.wav.wav', 'a speaker that a task tests on'],
  ]);
  expect(sources[0]).toMatchObject({ files: 9, silent: 1, short: 1 });
  expect(sources[0].unreadable.map(({ path }) => path)).toEqual(['speech/broken_1.wav']);
  const manifest = await readFile(join(folder, 'whole/manifest.csv'), 'utf8');
  expect(manifest.split('\n').slice(0, 3)).toEqual([
    'path,source,licence,speaker,language,label,sex,age,seconds,kind,terms,split',
    expect.stringMatching(
      /^audio\/words\/noise\/rain\.wav\.wav,words,CC0-1\.0,,,,,,2\.000,ambience,free,noise-t/,
    ),
    'audio/words/speech/ann_1.wav.wav,words,CC0-1.0,words/ann,en,,,,1.000,speech,free,train',
  ]);
});

test('a build that was stopped goes on, and one that is whole reads nothing again', async () => {
  const declarations = await declared();
  const stopped = new AbortController();
  stopped.abort();
  await expect(build(declarations, 'resumed', {}, stopped.signal)).rejects.toThrow(/abort/i);
  const first = await build(declarations, 'resumed');
  const records = join(folder, 'resumed/records/words.jsonl');
  const before = await readFile(records, 'utf8');
  expect(await build(declarations, 'resumed')).toEqual(first);
  expect(await readFile(records, 'utf8')).toBe(before);
});

test('clips like a test clip are left out, and said to be; held-out languages are reserved', async () => {
  const declarations = await declared();
  const { clips } = await build(declarations, 'excluded');
  const leak = clips.find(({ path }) => path.includes('leak'))?.sha256 ?? '';
  const again = await build(declarations, 'excluded', { leaks: new Set([leak]) });
  expect(again.removed.map(({ reason }) => reason)).toContain('a clip that a task tests on');
  const other = await build(declarations, 'excluded', { heldOutLanguages: new Set(['en']) });
  expect(other.clips.filter(({ split }) => split !== 'reserved').map(({ kind }) => kind)).toEqual([
    'ambience',
  ]);
  expect(
    other.clips.filter(({ language }) => language === 'en').every(({ split }) => split === 'reserved'),
  ).toBe(true);
});

test('a source that is missing, or lacks its commit, or a file, costs itself alone', async () => {
  const [words] = await declared();
  const { clips, failed } = await build(
    [
      { ...words, name: 'absent', from: { repository: 'no/such', commit } },
      { ...words, name: 'other-commit', from: { repository: 'some/words', commit: '0'.repeat(40) } },
      { ...words, name: 'package', from: { package: 'sounds', version: '1:2', sha256: '0'.repeat(64) } },
      words,
    ],
    'partly',
  );
  expect(clips.length).toBeGreaterThan(3);
  expect(failed.map(({ name, error }) => [name, error.message])).toEqual([
    ['absent', expect.stringMatching(/not there.*git clone/)],
    ['other-commit', expect.stringMatching(/not in this clone.*fetch/)],
    ['package', expect.stringMatching(/no sounds_1%3a2_\*\.deb.*apt-get download sounds=1:2/)],
  ]);
});

const dpkg = existsSync('/usr/bin/dpkg-deb');
test.skipIf(!dpkg)('a Debian package is read, its archives too, and a changed one is refused', async () => {
  const root = join(folder, 'deb');
  await mkdir(join(root, 'DEBIAN'), { recursive: true });
  await mkdir(join(root, 'usr/share'), { recursive: true });
  await writeFile(
    join(root, 'DEBIAN/control'),
    'Package: sounds\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@t>\nDescription: t\n',
  );
  await writeFile(join(root, 'usr/share/rain.wav'), sound('deb', 1));
  await mkdir(join(folder, 'packages'), { recursive: true });
  const archive = join(folder, 'packages/sounds_1.0_all.deb');
  execFileSync('dpkg-deb', ['-b', root, archive], { stdio: 'ignore' });
  const sha256 = execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64);
  const rules = [{ match: '\\.wav$', kind: 'ambience' }];
  const from = { package: 'sounds', version: '1.0', sha256 };
  const { clips } = await build(
    await declared({ from, rules, licence: 'CC0-1.0', tables: {} }),
    'deb-corpus',
  );
  expect(clips.map(({ path }) => path)).toEqual(['audio/words/usr/share/rain.wav.wav']);
  const changed = { ...from, sha256: '1'.repeat(64) };
  const { failed } = await build(
    await declared({ from: changed, rules, licence: 'CC0-1.0', tables: {} }),
    'deb-changed',
  );
  expect(failed[0].error.message).toMatch(/has changed/);
});

test.each([
  ['not a commit', { from: { repository: 'some/words', commit: 'main' } }, /is no whole commit/],
  ['no rules', { rules: [] }, /rules/],
  ['a bad expression', { rules: [{ match: '(' }] }, /no regular expression/],
])('a declaration with %s is refused by field', async (_what, changes, message) => {
  await expect(declared(changes)).rejects.toThrow(message);
});
