/** Audio files in Node: whole, or as a stream in constant memory. */
import { AudioError } from '../errors.js';
import { type Audio, SAMPLE_RATE, toMono } from './audio.js';
import { decodeAudio, openDecoder } from './decode.js';
import { Resampler, resample } from './resample/resample.js';

/** Bytes read at a time. Few, because silence unfolds: as FLAC, these can hold minutes of it. */
const READ_BYTES = 1 << 14;

/** Decodes an audio file. Throws AudioError when it cannot be read or is not sound audio; see `decodeAudio`. */
export async function readAudioFile(path: string): Promise<Audio> {
  const { readFile } = fileSystem();
  return decodeAudio(await readFile(path).catch((cause) => unreadable(path, cause)), path);
}

/** An audio file as 16 kHz mono: decoded, channels averaged, resampled. Throws AudioError; see `decodeAudio`. */
export async function readMono16k(path: string): Promise<Float32Array> {
  const audio = await readAudioFile(path);
  return resample(toMono(audio), audio.sampleRate, SAMPLE_RATE);
}

/**
 * An audio file as blocks of 16 kHz mono, in memory that does not grow with the file's length. (Of an M4A whose index
 * comes last, as most recorders write it, the compressed bytes are held, and decoded at the end in one piece.) The blocks joined are what `readMono16k` returns.
 *
 * @throws AudioError while iterating; a file that turns out truncated throws after the blocks that could be read
 */
export async function* openAudioStream(path: string): AsyncGenerator<Float32Array, void, undefined> {
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
