/**
 * Bytes of a source's file as 16 kHz mono. Our own decoders by default. SoX and FFmpeg are there for formats that tell nothing
 * of themselves (G.722, GSM), for what ours refuse (old WAV encodings), and on request, being faster than ours at 44.1 kHz.
 */
import { spawn } from 'node:child_process';
import { AudioError, resample, SAMPLE_RATE, toMono } from 'frill-audio';
import { decodeAudio } from 'frill-audio/decode';

export type Decoder = 'own' | 'external';

export interface Encoded {
  readonly bytes: Uint8Array;
  /** What errors call it. */
  readonly where: string;
  readonly format?: 'g722' | 'gsm' | undefined;
}

/** Samples in [-1, 1]. Throws AudioError when nothing reads it. */
export async function decodeMono16k(encoded: Encoded, decoder: Decoder): Promise<Float32Array> {
  if (encoded.format !== undefined) return ffmpeg(encoded);
  if (decoder === 'own' || isPlain(encoded.bytes))
    try {
      return await own(encoded);
    } catch (cause) {
      return await ffmpeg(encoded).catch(() => {
        throw cause;
      });
    }
  return sox(encoded).catch(() => ffmpeg(encoded));
}

async function own({ bytes, where }: Encoded): Promise<Float32Array> {
  const audio = await decodeAudio(bytes, where);
  return resample(toMono(audio), audio.sampleRate, SAMPLE_RATE);
}

/** WAV or FLAC of 16 kHz: nothing to resample, so that no program is worth starting. */
function isPlain(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 44) return false;
  const magic = view.getUint32(0);
  if (magic === 0x52494646) return view.getUint32(24, true) === SAMPLE_RATE;
  // STREAMINFO is the first block; its 20-bit rate lies 10 bytes in.
  return magic === 0x664c6143 && view.getUint32(18) >>> 12 === SAMPLE_RATE;
}

const RAW = [
  '-t',
  'raw',
  '-r',
  String(SAMPLE_RATE),
  '-c',
  '1',
  '-b',
  '16',
  '-e',
  'signed-integer',
  '-L',
  '-',
];

function sox({ bytes, where }: Encoded): Promise<Float32Array> {
  // Dither is noise; a corpus that is built twice must be the same.
  return filtered('sox', ['-V1', '-D', '-t', soxType(bytes), '-', ...RAW], bytes, where);
}

/** SoX reads a pipe by its type alone. */
function soxType(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (text.startsWith('RIFF')) return 'wav';
  if (text.startsWith('fLaC')) return 'flac';
  if (text.startsWith('OggS')) return text.includes('OpusHead') ? 'opus' : 'ogg';
  return 'mp3';
}

function ffmpeg({ bytes, where, format }: Encoded): Promise<Float32Array> {
  const input = format === undefined ? [] : ['-f', format];
  const output = ['-vn', '-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 's16le', 'pipe:1'];
  return filtered('ffmpeg', ['-v', 'error', ...input, '-i', 'pipe:0', ...output], bytes, where);
}

/** What a program makes of the bytes, as 16-bit samples. */
function filtered(
  program: string,
  given: readonly string[],
  bytes: Uint8Array,
  where: string,
): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, given, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const said: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => said.push(part));
    // It may have read enough before the end.
    child.stdin.on('error', () => {});
    child.on('error', (cause) =>
      reject(
        new AudioError({
          what: `cannot be read without ${program}`,
          where,
          remedy: `Install ${program}`,
          cause,
        }),
      ),
    );
    child.on('close', (code) => {
      const raw = Buffer.concat(out);
      const words = Buffer.concat(said).toString().trim().split('\n').at(-1);
      if (code === 0 && raw.length > 1) resolve(fromInt16(raw));
      else reject(new AudioError({ what: `${program} cannot read it: ${words || 'no samples'}`, where }));
    });
    child.stdin.end(bytes);
  });
}

function fromInt16(raw: Buffer): Float32Array {
  const samples = new Float32Array(raw.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.max(-1, raw.readInt16LE(2 * i) / 32767);
  return samples;
}
