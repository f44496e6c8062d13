/**
 * What embedding ten hours of audio takes: `frill embed` on a generated WAV file, and on the same as FLAC where sox or
 * flac can make one. HOURS and HOP in the environment ask for other lengths and other frames from window to window.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportStudent } from '../packages/frill-lab/src/export/export-student.js';
import { initialise } from '../packages/frill-lab/src/models/initialise.js';
import { buildStudent } from '../packages/frill-lab/src/models/student.js';
import { parseStudentName } from '../packages/frill-lab/src/models/student-config.js';
import { random } from '../packages/frill-lab/src/tensor/random.js';
import { watchNode } from './peak-memory.js';
import type { Benchmark, BenchTable } from './table.js';

const HOURS = Number(process.env.HOURS ?? 10);
const RATE = 16_000;
/** What a 10-hour file may take. */
const LIMIT_MB = 300;
/** Windows without overlap unless told: the hop changes the time, not the memory. */
const HOP_FRAMES = Number(process.env.HOP ?? 96);
const FRILL = fileURLToPath(new URL('../packages/frill-lab/bin/frill.js', import.meta.url));

const STUDENT = parseStudentName('tiny-0.5-gap');

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
    const rows = [await measured('WAV', wav, model)];
    rows.push(
      canEncode(wav, flac)
        ? await measured('FLAC', flac, model)
        : ['FLAC', 'sox and flac are absent', '', '', ''],
    );
    return {
      title: `frill embed on ${HOURS} hours of 16 kHz audio, in at most ${LIMIT_MB} MB`,
      columns: ['file', 'MB on disk', 'peak memory, MB', 'seconds', '× real time'],
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

async function measured(format: string, path: string, model: string): Promise<(string | number)[]> {
  const out = join(dirname(path), 'out.npy');
  const options = ['--model', model, '--out', out, '--hop', String(HOP_FRAMES)];
  const { seconds, peakBytes } = await watchNode([FRILL, 'embed', path, ...options]);
  return [format, (await stat(path)).size / 1e6, peakBytes / 1e6, seconds, (HOURS * 3600) / seconds];
}

function canEncode(wav: string, flac: string): boolean {
  const encoders = [
    ['sox', wav, flac],
    ['flac', '--silent', '-o', flac, wav],
  ];
  return encoders.some(([command, ...words]) => spawnSync(command, words).status === 0);
}

/** A tone that swells, in noise, the same every minute. */
async function writeLongWav(path: string): Promise<void> {
  const noise = random('long file');
  const minute = new Int16Array(60 * RATE).map(
    (_, n) => 8_000 * Math.sin(n / 25) * Math.sin(n / 30_000) + noise.normal(0, 300),
  );
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
