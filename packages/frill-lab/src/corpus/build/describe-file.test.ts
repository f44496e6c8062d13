import { expect, test } from 'vitest';
import type { Declaration } from './declaration.js';
import { describeFile, percentile } from './describe-file.js';
import { fill } from './template.js';

const declaration: Declaration = {
  name: 'words',
  about: '',
  from: { repository: 'a/b', commit: '0'.repeat(40) },
  licence: '{licence[path]}',
  licences: [
    ['BY-SA', 'CC-BY-SA-3.0'],
    ['NC', 'CC-BY-NC-4.0'],
    ['GPL', 'GPL-3.0-or-later'],
  ],
  languages: { gr: 'el' },
  tables: {},
  rules: [
    {
      match: '^noise/',
      leaveOut: 'noise',
      kind: 'speech',
      speaker: '',
      language: '',
      label: '',
      sex: '',
      age: '',
    },
    {
      match: '^(?<language>\\w+)/(?<who>\\w+)_.*\\.wav$',
      kind: 'speech',
      speaker: '{who}',
      language: '{language}',
      label: '{who}',
      sex: '',
      age: '{age[who]}',
    },
  ],
  leaveOut: [{ value: '{who}', among: ['eve'], because: 'eve is tested on' }],
  reserve: { md5Of: 'task {who}', percentBelow: 20, because: 'tasks' },
  speakersOf: [{ corpus: 'task', column: 'name', is: '{who}' }],
};
const tables = {
  age: new Map([['ann', '31']]),
  licence: new Map([
    ['pt_BR/ann_1.wav', 'Ann 2010 / BY-SA'],
    ['gr/bob_1.wav', 'GPL V3'],
    ['gr/eve_1.wav', 'GPL V3'],
    ['gr/nan_1.wav', 'BY-NC'],
  ]),
};
const describe = (path: string) => describeFile(declaration, tables, path);

test('speaker, language, label and licence are read from the path and from tables', () => {
  expect(describe('pt_BR/ann_1.wav')).toMatchObject({
    taken: true,
    speaker: 'words/ann',
    language: 'pt',
    label: 'ann',
    age: '31',
    licence: 'CC-BY-SA-3.0',
    terms: 'free',
    alsoKnownAs: ['task/name/ann'],
  });
  expect(describe('gr/bob_1.wav')).toMatchObject({
    language: 'el',
    label: 'bob',
    age: '',
    terms: 'copyleft',
  });
});

test('what is left out says why: a rule, a condition, a licence that forbids or is not stated', () => {
  expect(describe('noise/x_1.wav')).toEqual({ taken: false, because: 'noise' });
  expect(describe('gr/eve_1.wav')).toEqual({ taken: false, because: 'eve is tested on' });
  expect(describe('gr/nan_1.wav')).toEqual({ taken: false, because: "the licence is 'CC-BY-NC-4.0'" });
  expect(describe('gr/who_1.wav')).toEqual({ taken: false, because: 'no licence is stated' });
  expect(describe('README.md')).toBeUndefined();
});

test('draws by MD5 are those that everybody makes', () => {
  // python3: int(hashlib.md5(b'ho00176480').hexdigest(), 16) % 100
  expect(percentile('ho00176480')).toBe(70);
});

test('a template leaves the place of what is unknown empty', () => {
  expect(fill('{a}-{b}-{age[a]}-{age[b]}', { a: 'ann' }, tables)).toBe('ann--31-');
});
