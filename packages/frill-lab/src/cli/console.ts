/**
 * What a command prints. Results go to standard output; progress goes to standard error: a bar with the time left on a
 * terminal, a plain line every few seconds otherwise.
 */
import type { Progress, ProgressStep } from '../run/progress.js';

export interface Console {
  /** A line of the result; silent with `--json`, which prints the returned value instead. */
  print(line: string): void;
  readonly progress: Progress;
  /** Fires on Ctrl-C and SIGTERM: finish what must be whole, then stop. */
  readonly signal: AbortSignal;
  close(): void;
}

const PLAIN_INTERVAL_MS = 5_000;
const BAR_INTERVAL_MS = 100;

export function openConsole({ json }: { json: boolean }): Console {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130);
    process.stderr.write('\nStopping. Interrupt again to stop at once.\n');
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    print: (line) => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    progress: {
      start: (title, total, unit) => step(title, total, unit),
      say: (line) => process.stderr.write(`${clear()}${line}\n`),
    },
    signal: stopping.signal,
    close: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

function clear(): string {
  return process.stderr.isTTY ? '\r\x1b[K' : '';
}

function step(title: string, total: number, unit: string): ProgressStep {
  const started = performance.now();
  let shown = Number.NEGATIVE_INFINITY;
  return {
    advance(done, note) {
      const now = performance.now();
      if (now - shown < (process.stderr.isTTY ? BAR_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      shown = now;
      const seconds = (now - started) / 1000;
      const left = done > 0 ? `, ${duration((seconds / done) * (total - done))} left` : '';
      const fraction = total > 0 ? Math.min(1, done / total) : 1;
      const line = `${title} ${done}/${total} ${unit}${left}${note ? `, ${note}` : ''}`;
      process.stderr.write(process.stderr.isTTY ? `${clear()}${bar(fraction)} ${line}` : `${line}\n`);
    },
    finish(note) {
      const seconds = (performance.now() - started) / 1000;
      process.stderr.write(
        `${clear()}${title}: ${total} ${unit} in ${duration(seconds)}${note ? `, ${note}` : ''}\n`,
      );
    },
  };
}

function bar(fraction: number): string {
  const cells = 20;
  const full = Math.round(fraction * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}`;
}

/** `45 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
