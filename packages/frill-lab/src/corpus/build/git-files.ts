/**
 * The files of a commit, read from a clone's object store: what lies in the work tree does not matter, and a file's name in
 * the store is the checksum of its content. Works on clones and bare repositories alike.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from 'frill-audio';
import type { Repository } from './declaration.js';
import type { SourceFile, SourceFiles } from './source-files.js';

const run = promisify(execFile);
const LISTING_BYTES = 1 << 28;

/** Opens `folder/OWNER/NAME`, a clone or a bare repository. Throws InputError when it, or the commit, is not there. */
export async function openGitFiles(folder: string, { repository, commit }: Repository): Promise<SourceFiles> {
  const clone = join(folder, repository);
  if (!existsSync(clone))
    throw new InputError({
      what: 'this repository is not there',
      where: clone,
      remedy: `Run: git clone https://github.com/${repository} ${clone}`,
    });
  const options = { maxBuffer: LISTING_BYTES, env: { ...process.env, GIT_NO_LAZY_FETCH: '1' } };
  const { stdout } = await run(
    'git',
    ['-C', clone, 'ls-tree', '-r', '-z', '--full-tree', commit],
    options,
  ).catch((cause) => {
    throw new InputError({
      what: `commit ${commit} is not in this clone, or it is no clone`,
      where: clone,
      remedy: `Run: git -C ${clone} fetch origin ${commit}`,
      cause,
    });
  });
  const files = stdout
    .split('\0')
    .map((entry) => /^\d+ blob ([0-9a-f]+)\t(.*)$/su.exec(entry))
    .flatMap((found): SourceFile[] => (found ? [{ path: found[2], checksum: found[1] }] : []));
  const store = new ObjectStore(clone);
  return {
    files,
    read: ({ checksum, path }) => store.read(checksum, path),
    close: async () => store.close(),
  };
}

/** One `git cat-file --batch`: a line with an object's name in, a header line and its bytes out. */
class ObjectStore {
  readonly #process: ChildProcess;
  #received: Buffer[] = [];
  #waiting: { wanted: () => Uint8Array | 'absent' | undefined; take(found: Uint8Array | 'absent'): void }[] =
    [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(clone: string) {
    this.#process = spawn('git', ['-C', clone, 'cat-file', '--batch'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, GIT_NO_LAZY_FETCH: '1' },
    });
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.#received.push(bytes);
      this.#serve();
    });
  }

  /** One at a time, in the order asked. */
  read(name: string, path: string): Promise<Uint8Array> {
    const next = this.#queue.then(async () => {
      const found = await this.#ask(name);
      if (found === 'absent')
        throw new InputError({
          what: 'this file is not in the clone, although its commit lists it',
          where: path,
          remedy: 'Clone the repository again, whole (no --filter, no sparse checkout)',
        });
      return found;
    });
    this.#queue = next.catch(() => {});
    return next;
  }

  close(): void {
    this.#process.stdin?.end();
    this.#process.kill();
  }

  #ask(name: string): Promise<Uint8Array | 'absent'> {
    return new Promise((take, fail) => {
      this.#process.once('error', fail);
      this.#waiting.push({ wanted: () => this.#answer(), take });
      this.#process.stdin?.write(`${name}\n`);
    });
  }

  #serve(): void {
    const first = this.#waiting[0];
    const found = first?.wanted();
    if (first === undefined || found === undefined) return;
    this.#waiting.shift();
    this.#process.removeAllListeners('error');
    first.take(found);
  }

  /** The answer at the head of what was received; undefined while it is not whole. */
  #answer(): Uint8Array | 'absent' | undefined {
    const head = this.#received[0];
    const end = head?.indexOf(0x0a) ?? -1;
    if (head === undefined) return undefined;
    if (end < 0) {
      if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
      return this.#received[0].includes(0x0a) ? this.#answer() : undefined;
    }
    const words = head.subarray(0, end).toString().split(' ');
    if (words[1] === 'missing') {
      this.#received = [head.subarray(end + 1)];
      return 'absent';
    }
    const length = Number(words[2]);
    const available = this.#received.reduce((sum, { length }) => sum + length, 0) - end - 1;
    if (available < length + 1) return undefined;
    const all = Buffer.concat(this.#received);
    this.#received = [all.subarray(end + 1 + length + 1)];
    return all.subarray(end + 1, end + 1 + length);
  }
}
