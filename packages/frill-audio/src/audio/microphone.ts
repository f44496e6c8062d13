/**
 * The microphone of a browser as a stream of sample blocks: an AudioWorklet hands on what the device records, at the device's
 * own rate and, unless told otherwise, without the browser's processing, which changes how a voice sounds.
 *
 * Source: W3C "Media Capture and Streams" and "Web Audio API", section 1.32 (AudioWorklet).
 */
import { AudioError } from '../errors.js';
import { MICROPHONE_WORKLET } from './microphone-worklet.js';

/** Options of a microphone: which one, and what the browser may do to its sound. */
export interface MicrophoneOptions {
  /** Name of the microphone, as `navigator.mediaDevices.enumerateDevices()` names it. Default: the user's choice. */
  readonly deviceId?: string | undefined;
  /** Whether the browser takes out what its loudspeakers play. Default: false. */
  readonly echoCancellation?: boolean | undefined;
  /** Whether the browser takes out what it holds for noise. Default: false. */
  readonly noiseSuppression?: boolean | undefined;
  /** Whether the browser changes the volume as it sees fit. Default: false. */
  readonly autoGainControl?: boolean | undefined;
  /**
   * Address of a copy of the package's `worklets/microphone.js`, for pages whose Content-Security-Policy allows no scripts
   * from `blob:`. Default: the same code from a blob.
   */
  readonly worklet?: string | URL | undefined;
}

/** An open microphone. */
export interface Microphone {
  /** Samples a second of each channel, in Hz: the rate of the device. */
  readonly sampleRate: number;
  /**
   * Blocks as they come, one Float32Array a channel in [-1, 1]. Closes the microphone when the loop over it is left. Throws
   * AudioError when the microphone is unplugged or taken away, or when nobody takes the blocks for 30 seconds.
   */
  blocks(): AsyncGenerator<readonly Float32Array[], void, undefined>;
  /** Turns the microphone off. Safe to call more than once. */
  close(): Promise<void>;
}

/** Blocks that wait for longer will not be caught up with. */
const PATIENCE_SECONDS = 30;

/**
 * Asks the user for the microphone and opens it. Sound that comes before the first block is asked for is kept for up to 30 seconds.
 * Source: W3C "Media Capture and Streams", and "Web Audio API", section 1.32.
 *
 * @throws AudioError where there is none, or permission is refused, or another program has it; and outside browsers
 */
export async function openMicrophone(options: MicrophoneOptions = {}): Promise<Microphone> {
  const stream = await askForStream(options);
  let context: AudioContext | undefined;
  try {
    const [track] = stream.getAudioTracks();
    const { sampleRate } = track.getSettings();
    context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
    await addWorklet(context, options.worklet);
    const worklet = new AudioWorkletNode(context, 'frill-microphone', { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(worklet);
    // Without a click of the user on the page, some browsers only start later; what comes then is not lost.
    void context.resume();
    return new OpenMicrophone(stream, track, context, worklet.port);
  } catch (error) {
    stop(stream);
    await context?.close();
    throw error;
  }
}

class OpenMicrophone implements Microphone {
  readonly #stream: MediaStream;
  readonly #context: AudioContext;
  readonly #waiting: (readonly Float32Array[])[] = [];
  #waitingSamples = 0;
  #failure: AudioError | undefined;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(stream: MediaStream, track: MediaStreamTrack, context: AudioContext, port: MessagePort) {
    this.#stream = stream;
    this.#context = context;
    port.onmessage = ({ data }: MessageEvent<readonly Float32Array[]>) => this.#take(data);
    const isGone = () =>
      this.#fail('the microphone is gone', 'It was unplugged, or its permission taken back: open it again');
    track.addEventListener('ended', isGone);
    if (track.readyState === 'ended') isGone();
  }

  get sampleRate(): number {
    return this.#context.sampleRate;
  }

  async *blocks(): AsyncGenerator<readonly Float32Array[], void, undefined> {
    try {
      for (;;) {
        for (let block = this.#waiting.shift(); block; block = this.#waiting.shift()) {
          this.#waitingSamples -= block[0].length;
          yield block;
        }
        if (this.#failure) throw this.#failure;
        if (this.#isClosed) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    stop(this.#stream);
    this.#wake();
    await this.#context.close();
  }

  #take(block: readonly Float32Array[]): void {
    this.#waiting.push(block);
    this.#waitingSamples += block[0].length;
    if (this.#waitingSamples > PATIENCE_SECONDS * this.sampleRate)
      this.#fail('nobody has taken the sound for 30 seconds', 'Do less in the loop, or use a smaller model');
    this.#wake();
  }

  #fail(what: string, remedy: string): void {
    this.#failure ??= new AudioError({ what, where: 'microphone', remedy });
    stop(this.#stream);
    this.#wake();
  }
}

async function askForStream(options: MicrophoneOptions): Promise<MediaStream> {
  const { deviceId, echoCancellation = false, noiseSuppression = false, autoGainControl = false } = options;
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices?.getUserMedia)
    throw new AudioError({
      what: 'there is no access to microphones here',
      where: 'microphone',
      remedy:
        'It is for browsers, in pages from https: or localhost; elsewhere give blocks of samples to embedStream',
    });
  const audio = { echoCancellation, noiseSuppression, autoGainControl };
  try {
    return await devices.getUserMedia({
      audio: deviceId === undefined ? audio : { ...audio, deviceId: { exact: deviceId } },
    });
  } catch (cause) {
    throw new AudioError({ ...reasonOf(cause), where: 'microphone', cause });
  }
}

/** The names are those that the standard gives for `getUserMedia`. */
function reasonOf(cause: unknown): { what: string; remedy: string } {
  switch (cause instanceof Error ? cause.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return { what: 'permission was refused', remedy: 'Allow the microphone in the settings of the page' };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return { what: 'there is no such microphone', remedy: 'Plug one in, or leave deviceId out' };
    case 'NotReadableError':
    case 'AbortError':
      return { what: 'the device does not start', remedy: 'Close other programs that use the microphone' };
    default:
      return { what: `it cannot be opened (${cause})`, remedy: 'Try another device' };
  }
}

async function addWorklet(context: AudioContext, address: string | URL | undefined): Promise<void> {
  const blob = new Blob([MICROPHONE_WORKLET], { type: 'text/javascript' });
  const url = address === undefined ? URL.createObjectURL(blob) : String(address);
  try {
    await context.audioWorklet.addModule(url);
  } catch (cause) {
    throw new AudioError({
      what: `the worklet cannot be loaded from ${address === undefined ? 'a blob' : url}`,
      where: 'microphone',
      remedy:
        'Where the Content-Security-Policy allows no scripts from blob:, serve worklets/microphone.js of frill-audio and give its address as `worklet`',
      cause,
    });
  } finally {
    if (address === undefined) URL.revokeObjectURL(url);
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
