/** What embedding ten hours of audio takes: `frill embed` on a generated WAV file (and FLAC where sox can make one). */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportStudent } from '../packages/lab/src/export/export-student.js';
import { initialise } from '../packages/lab/src/models/initialise.js';
import { buildStudent } from '../packages/lab/src/models/student.js';
import type { StudentConfig } from '../packages/lab/src/models/student-config.js';
import type { Benchmark, BenchTable } from './table.js';

const HOURS = Number(process.env.HOURS ?? 10);
const RATE = 16_000;
/** Windows without overlap: the hop changes the time, not the memory. */
const HOP_FRAMES = 96;
const FRILL = fileURLToPath(new URL('../packages/lab/bin/frill.js', import.meta.url));

const STUDENT: StudentConfig = {
  size: 'tiny',
  width: 0.5,
  pooling: 'gap',
  compression: { kind: 'none' },
  quantization: 'none',
  bottleneck: 2048,
  input: 'standardise',
};

export const longFile: Benchmark = {
  name: 'long-file',
  summary: `memory and time of embedding ${HOURS} hours of audio`,
  run: longFileBench,
};

export async function longFileBench(): Promise<BenchTable> {
  const folder = await mkdtemp(join(tmpdir(), 'frill-long-'));
  try {
    const model = join(folder, 'student.tflite');
    const weights = initialise(buildStudent(STUDENT, { batch: 1, mode: 'inference' }).graph, 'long');
    await writeFile(
      model,
      await exportStudent({ config: STUDENT, weights, form: 'float32', name: 'long', provenance: {} }),
    );
    const wav = join(folder, 'long.wav');
    await writeLongWav(wav);
    const flac = join(folder, 'long.flac');
    const hasFlac = spawnSync('sox', [wav, flac]).status === 0;
    const rows = [];
    for (const path of hasFlac ? [wav, flac] : [wav]) {
      const { seconds, peakBytes } = await embed(path, model, join(folder, 'out.npy'));
      rows.push([path.slice(-4), peakBytes / 1e6, seconds, (HOURS * 3600) / seconds]);
    }
    if (!hasFlac) rows.push(['flac', 'sox absent', '', '']);
    return {
      title: `frill embed on ${HOURS} hours of 16 kHz audio`,
      columns: ['file', 'peak memory, MB', 'seconds', '× real time'],
      rows,
      notes: [
        `tiny 0.5 student, ${HOP_FRAMES} frames from window to window, every file read twice (once to see that it is whole)`,
        'peak resident memory of the whole process as Linux reports it (VmHWM)',
      ],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeLongWav(path: string): Promise<void> {
  const minute = new Int16Array(60 * RATE).map((_, n) => 8_000 * Math.sin(n / 25) * Math.sin(n / 30_000));
  const dataBytes = minute.byteLength * 60 * HOURS;
  const header = new DataView(new ArrayBuffer(44));
  for (const [at, text] of [
    [0, 'RIFF'],
    [8, 'WAVE'],
    [12, 'fmt '],
    [36, 'data'],
  ] as const)
    for (let i = 0; i < 4; i++) header.setUint8(at + i, text.charCodeAt(i));
  header.setUint32(4, 36 + dataBytes, true);
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, 2 * RATE, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  header.setUint32(40, dataBytes, true);
  const file = await open(path, 'w');
  await file.write(new Uint8Array(header.buffer));
  for (let i = 0; i < 60 * HOURS; i++) await file.write(new Uint8Array(minute.buffer));
  await file.close();
}

async function embed(
  path: string,
  model: string,
  out: string,
): Promise<{ seconds: number; peakBytes: number }> {
  const started = performance.now();
  const options = [path, '--model', model, '--out', out, '--hop', String(HOP_FRAMES)];
  const child = spawn(process.execPath, [FRILL, 'embed', ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakBytes = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (kilobytes) peakBytes = Math.max(peakBytes, 1024 * Number(kilobytes));
  };
  const timer = setInterval(() => void look(), 200);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`frill embed ended with code ${code}`);
  return { seconds: (performance.now() - started) / 1000, peakBytes };
}
