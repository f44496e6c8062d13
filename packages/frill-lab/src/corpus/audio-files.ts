/**
 * Which files of a folder are audio, by their names. What is in them is found out when they are decoded. Every command
 * that takes a folder walks it here: each file comes once, links are followed once, and what is passed over is told.
 */
import { type BigIntStats, existsSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';

/** The most usual first; docs/audio-formats.md says what they may hold. */
const EXTENSIONS = [
  ...['wav', 'flac', 'mp3', 'ogg', 'opus', 'm4a', 'aac', 'webm', 'oga', 'aiff', 'aif', 'caf'],
  ...[
    'wave',
    'rf64',
    'bw64',
    'bwf',
    'aifc',
    'mp2',
    'mpa',
    'mpga',
    'adts',
    'mp4',
    'm4b',
    'm4r',
    'm4v',
    'mov',
    'qt',
  ],
  ...['3gp', '3gpp', '3g2', 'mka', 'mkv', 'weba', 'ogv', 'ogx', 'amr', 'awb', 'wma', 'asf'],
];
const AUDIO = new RegExp(`\\.(${EXTENSIONS.join('|')})$`, 'i');

export interface AudioFolder {
  /** Audio files, with `/` between the parts, sorted. */
  readonly files: readonly string[];
  /** What else is there, in words with counts: `12 × .txt file (e.g. a/notes.txt)`. */
  readonly passedOver: readonly string[];
}

/** Audio files below a folder, with `/` between the parts, sorted. Throws InputError when it is none or cannot be read. */
export async function audioFiles(root: string): Promise<string[]> {
  return [...(await walkAudio(root)).files];
}

/** The same with what was passed over. */
export async function walkAudio(root: string): Promise<AudioFolder> {
  const walk = new Walk(root);
  await walk.run();
  return { files: walk.files.sort(), passedOver: walk.passedOver() };
}

/** The path itself, or the audio files below it in the order of their names; what else is there is said. */
export async function audioFilesAt(path: string, say: (line: string) => void): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const { files, passedOver } = await walkAudio(path);
  if (passedOver.length > 0) say(`passed over in ${path}: ${passedOver.join(', ')}`);
  return files.map((below) => join(path, below));
}

/** The file of a stem with whatever audio extension it has; `preferred` as it is named. */
export function withAnyExtension(root: string, preferred: string): string | undefined {
  const stem = preferred.replace(AUDIO, '');
  const candidates = [preferred, ...EXTENSIONS.map((extension) => `${stem}.${extension}`)];
  return candidates.find((candidate) => existsSync(join(root, candidate)));
}

class Walk {
  readonly files: string[] = [];
  readonly #root: string;
  /** Folders and files by device and number, so that no link leads to them again. */
  readonly #seen = new Set<string>();
  /** Links wait until all that has a name of its own is listed. */
  readonly #links: string[] = [];
  readonly #others = new Map<string, { first: string; count: number }>();

  constructor(root: string) {
    this.#root = root;
  }

  async run(): Promise<void> {
    this.#see(await stat(this.#root, { bigint: true }).catch((cause) => refuse(this.#root, cause)));
    await this.#enter('');
    for (let link = this.#links.shift(); link !== undefined; link = this.#links.shift()) {
      const found = await stat(join(this.#root, link), { bigint: true }).catch(() => undefined);
      if (!found) this.#passOver('link that leads nowhere', link);
      else if (!this.#see(found)) this.#passOver('link to what is listed already', link);
      else await this.#list(link, found);
    }
  }

  async #enter(below: string): Promise<void> {
    let names: string[];
    try {
      names = await readdir(join(this.#root, below));
    } catch (cause) {
      if (below === '') refuse(this.#root, cause);
      this.#passOver('folder that cannot be read', below);
      return;
    }
    for (const name of names.sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      if (name.startsWith('.')) {
        this.#passOver('hidden file or folder', path);
        continue;
      }
      const found = await lstat(join(this.#root, path), { bigint: true }).catch(() => undefined);
      if (!found)
        this.#passOver(name.includes('\ufffd') ? 'name that is not UTF-8' : 'file that cannot be seen', path);
      else if (found.isSymbolicLink()) this.#links.push(path);
      else if (this.#see(found) || found.isFile()) await this.#list(path, found);
    }
  }

  async #list(path: string, found: BigIntStats): Promise<void> {
    if (found.isDirectory()) await this.#enter(path);
    else if (found.isFile()) this.#take(path);
    else this.#passOver('pipe, socket or device', path);
  }

  /** Whether it is seen for the first time. */
  #see({ dev, ino }: BigIntStats): boolean {
    const identity = `${dev}/${ino}`;
    const isNew = !this.#seen.has(identity);
    this.#seen.add(identity);
    return isNew;
  }

  #take(path: string): void {
    if (AUDIO.test(path)) this.files.push(path);
    else this.#passOver(`${/\.\w+$/.exec(path)?.[0] ?? 'nameless'} file`, path);
  }

  #passOver(kind: string, path: string): void {
    const known = this.#others.get(kind);
    if (known) known.count++;
    else this.#others.set(kind, { first: path, count: 1 });
  }

  passedOver(): string[] {
    return [...this.#others].map(
      ([kind, { first, count }]) => `${count} × ${kind} (${count === 1 ? '' : 'e.g. '}${first})`,
    );
  }
}

function refuse(where: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const what =
    code === 'ENOENT'
      ? 'no such folder'
      : code === 'ENOTDIR'
        ? 'this is not a folder'
        : 'this folder cannot be read';
  const remedy =
    code === 'ENOENT' || code === 'ENOTDIR' ? 'Give a folder with audio files' : 'Change its permissions';
  throw new InputError({ what, where, remedy, cause });
}
