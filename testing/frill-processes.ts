/** The built command as processes of its own, as users start them, and ports for what they listen on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const FRILL = fileURLToPath(new URL('../packages/frill-lab/bin/frill.js', import.meta.url));

export interface FrillProcess {
  readonly child: ChildProcess;
  /** All that it has written so far. */
  readonly heard: { said: string };
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts `frill` in a folder, with the token `token`; `detached` as `spawn` has it. */
export function startFrill(
  words: readonly string[],
  cwd: string,
  { detached = false }: { readonly detached?: boolean } = {},
): FrillProcess {
  const env = { ...process.env, FRILL_TOKEN: 'token' };
  const child = spawn(process.execPath, [FRILL, ...words], { cwd, env, detached });
  const heard = { said: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      heard.said += text;
    });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, heard, ended };
}

/** A port of this machine that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
