/** How long a Node process takes, and how much memory at its peak: the resident set as Linux reports it (VmHWM). */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Between two looks at the process. */
const LOOK_MS = 200;

/** Runs Node with these words to its end. Throws where it fails. */
export async function watchNode(
  words: readonly string[],
): Promise<{ readonly seconds: number; readonly peakBytes: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  let peakBytes = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (kilobytes) peakBytes = Math.max(peakBytes, 1024 * Number(kilobytes));
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`node ${words.join(' ')} ended with code ${code}`);
  return { seconds: (performance.now() - started) / 1000, peakBytes };
}
