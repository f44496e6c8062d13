/**
 * Builds the folders of recordings that the tasks here name, from their public sources, with git and ffmpeg:
 *
 *   npx tsx examples/real-audio/fetch.ts [DATA] [CLONES] [FOLDER ...]
 *
 * DATA is ../shared/data, CLONES is clones, and the folders are all of SOURCES, unless given. What is there already is kept, so a
 * stopped run goes on. The list of a folder, in `lists/`, becomes its metadata.csv, and each row a file: 16 kHz, mono, 16 bits, FLAC.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';

/** Repositories at a commit, by folder. A row's file is the first whose path, without its ending, ends like that of the row. */
const SOURCES: Readonly<Record<string, readonly (readonly [repository: string, commit: string])[]>> = {
  emodb: [['sylaschacko/voice-emotion-analysis', '4b0f64c947b84beb43c8b1a7e7a6597a04902f02']],
  speech_commands_subset: [
    ['manashmandal/DeadSimpleSpeechRecognizer', '881b36a63bc9d449f60bc83ebcd2e7c5209a4761'],
    ['adrianagaler/Snoring-Detection', 'cae6c6e1b831562ac5ad45c3f430381a046627d1'],
  ],
  arabic_speech_commands_subset: [
    ['abdulkaderghandoura/arabic-speech-commands-dataset', '72f3438212ff6cf8fbe5ae8068361840646429bd'],
  ],
  gcompris_voices_subset: [['gcompris/GCompris-voices', 'c0e8a743b7b4633af06b8dc15bc2b397e456dd6f']],
  esc10: [['karolpiczak/ESC-10', '553c8f1743b9dba6b282e1323c3ca8fa76923448']],
  nemo: [['amu-cai/nEMO', '66de9999a8f2f605eb5f64841790aa5cb0877782']],
  nonverbal: [['deeplyinc/Nonverbal-Vocalization-Dataset', '3be16dc74cbf40e0d6f8372d2657b41f8a2ba284']],
  ukrainian_digits: [['CaCuCkA/ukranian-spoken-digits', '16e0db48003793295efd196d83eed90e4453af02']],
  librispeech_samples: [['resemble-ai/Resemblyzer', '15d828edebe06bc72b9cabc8ef8ca5ab2cb457ce']],
};

interface Row {
  readonly path: string;
  readonly seconds: string;
  /** The file's path in its source, where the folder names it otherwise. */
  readonly original?: string;
}

const [data = '../shared/data', clones = 'clones', ...folders] = process.argv.slice(2);
const lists = fileURLToPath(new URL('lists/', import.meta.url));
let missing = 0;

for (const [folder, repositories] of Object.entries(SOURCES)) {
  if (folders.length > 0 && !folders.includes(folder)) continue;
  const list = `${lists}${folder}.csv`;
  const rows: Row[] = parse(readFileSync(list), { columns: true });
  const wanted = rows.filter(({ path }) => !existsSync(join(data, folder, path)));
  const files = wanted.length > 0 ? repositories.flatMap(filesOf) : [];
  let made = 0;
  for (const { path, seconds, original } of wanted) {
    const stem = withoutEnding(original ?? path);
    const file = files.find((candidate) => withoutEnding(candidate.path).endsWith(stem));
    if (file) {
      convert(file.read(), join(data, folder, path), seconds);
      made++;
    } else console.error(`${folder}: no source of ${path}`);
  }
  missing += wanted.length - made;
  mkdirSync(join(data, folder), { recursive: true });
  copyFileSync(list, join(data, folder, 'metadata.csv'));
  console.log(`${join(data, folder)}: ${made} files made, ${rows.length - wanted.length} were there`);
}
if (missing > 0) process.exitCode = 1;

/** Every file of a repository at a commit, cloned where it is not yet. */
function filesOf([repository, commit]: readonly [string, string]) {
  const clone = join(clones, repository);
  if (!existsSync(clone))
    execFileSync('git', ['clone', '--no-checkout', `https://github.com/${repository}`, clone], {
      stdio: 'inherit',
    });
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', clone, ...words], {
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const names = git('ls-tree', '-r', '-z', '--name-only', commit).toString().split('\0');
  return names.map((path) => ({ path, read: () => git('show', `${commit}:${path}`) }));
}

/** Writes beside, then renames: a file is whole or absent. */
function convert(input: Uint8Array, path: string, seconds: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.part.flac`;
  const shape = ['-t', seconds, '-ac', '1', '-ar', '16000', '-sample_fmt', 's16'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', 'pipe:0', ...shape, beside], {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  renameSync(beside, path);
}

function withoutEnding(path: string): string {
  return path.replace(/\.\w+$/, '');
}
