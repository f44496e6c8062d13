/** Audio files in Node: whole, or as a stream in constant memory. */
import { AudioError } from '../errors.js';
import { type Audio, SAMPLE_RATE, toMono } from './audio.js';
import { decodeAudio, openDecoder } from './decode.js';
import { Resampler, resample } from './resample/resample.js';

/** Bytes read at a time. Few, because silence unfolds: as FLAC, these can hold minutes of it. */
const READ_BYTES = 1 << 14;

/**
 * Reads and decodes an audio file of any format that `decodeAudio` knows, at the file's own rate and with its own channels.
 *
 * @param path the file's path
 * @throws AudioError where there is no such file, or it cannot be read or decoded; see `decodeAudio`
 */
export async function readAudioFile(path: string): Promise<Audio> {
  checkPath(path);
  const { readFile } = fileSystem();
  return decodeAudio(await readFile(path).catch((cause) => unreadable(path, cause)), path);
}

/**
 * Reads an audio file as 16 kHz mono, in [-1, 1]: decoded, channels averaged, resampled.
 *
 * @param path the file's path
 * @throws AudioError as `readAudioFile` does
 */
export async function readMono16k(path: string): Promise<Float32Array> {
  const audio = await readAudioFile(path);
  return resample(toMono(audio), audio.sampleRate, SAMPLE_RATE);
}

/**
 * Reads an audio file as blocks of 16 kHz mono, in [-1, 1], in memory that does not grow with the file's length. The blocks joined
 * are what `readMono16k` returns. The exception is an M4A file whose index comes last, as most recorders write it: its compressed
 * bytes are held until the end, and then decoded in one piece.
 *
 * @param path the file's path
 * @throws AudioError while iterating; a file that turns out truncated throws after the blocks that could be read
 */
export async function* openAudioStream(path: string): AsyncGenerator<Float32Array, void, undefined> {
  checkPath(path);
  const { open } = fileSystem();
  const file = await open(path).catch((cause) => unreadable(path, cause));
  const read = async () => {
    // A new buffer each time: decoders keep what they were given until a frame of theirs is whole.
    const { bytesRead, buffer } = await file
      .read(new Uint8Array(READ_BYTES))
      .catch((cause) => unreadable(path, cause));
    return buffer.subarray(0, bytesRead);
  };
  try {
    const decoder = openDecoder(path);
    let resampler: Resampler | undefined;
    try {
      for (let bytes = await read(); bytes.length > 0; bytes = await read()) {
        const block = await decoder.push(bytes);
        if (!block) continue;
        resampler ??= new Resampler(block.sampleRate, SAMPLE_RATE);
        yield resampler.push(toMono(block));
      }
      const last = await decoder.finish();
      if (last) {
        resampler ??= new Resampler(last.sampleRate, SAMPLE_RATE);
        yield resampler.push(toMono(last));
      }
      if (resampler) yield resampler.finish();
    } finally {
      decoder.close();
    }
  } finally {
    await file.close();
  }
}

/** Node's file functions, found at run time so that bundlers for the browser do not look for them. */
function fileSystem() {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (fs) return fs;
  throw new AudioError({
    what: 'files can only be opened by path in Node',
    remedy: 'In a browser, fetch the bytes and give them to decodeAudio',
  });
}

/** What JavaScript, which checks no types, may give for a path: most often an argument that is not there. */
function checkPath(path: unknown): void {
  if (typeof path === 'string') return;
  throw new AudioError({
    what: `the path is ${typeof path === 'object' && path !== null ? 'an object' : String(path)}, not a string`,
    where: 'path',
    remedy: "Give the path of an audio file, e.g. 'speech.wav'",
  });
}

function unreadable(path: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const what = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'this is a folder' : 'cannot be read';
  throw new AudioError({ what, where: path, remedy: remedyOf(path), cause });
}

function remedyOf(path: string): string {
  if (path.includes('\ufffd')) return 'Its name is not UTF-8: rename it';
  if (/\\|^[a-z]:/i.test(path) && globalThis.process?.platform !== 'win32')
    return 'It looks like a path of Windows: write it with / and without a drive';
  return 'Check the path and its permissions';
}
