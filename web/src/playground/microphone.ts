/** The microphone as pieces of sound at the rate that the device has. Nothing is processed by the browser, and nothing leaves it. */
import { SAMPLE_RATE } from 'frill-audio';
import type { Source } from './listening.js';

/** Hands blocks of the first channel to the page; the audio thread must not wait, so it only copies. */
const WORKLET = `
registerProcessor('frill-tap', class extends AudioWorkletProcessor {
  process([[channel]]) {
    if (channel) this.port.postMessage(channel.slice());
    return true;
  }
});`;

/** Opens the microphone. Throws DOMException where it is refused or absent. It stops when `signal` is aborted. */
export async function openMicrophone(signal: AbortSignal): Promise<Source> {
  const media = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext();
  const url = URL.createObjectURL(new Blob([WORKLET], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  URL.revokeObjectURL(url);
  const tap = new AudioWorkletNode(context, 'frill-tap', { numberOfOutputs: 0 });
  context.createMediaStreamSource(media).connect(tap);
  const pieces = new ReadableStream<Float32Array>({
    start(controller) {
      tap.port.onmessage = ({ data }) => controller.enqueue(data);
      const end = () => {
        tap.port.onmessage = null;
        for (const track of media.getTracks()) track.stop();
        void context.close();
        controller.close();
      };
      signal.addEventListener('abort', end, { once: true });
      // Unplugged, or taken by another program.
      for (const track of media.getTracks()) track.addEventListener('ended', end, { once: true });
    },
  });
  return { name: 'microphone', sampleRate: context.sampleRate ?? SAMPLE_RATE, pieces: joined(pieces) };
}

/** Blocks of an audio thread are 128 samples; a tenth of a second is enough for us. */
async function* joined(stream: ReadableStream<Float32Array>): AsyncGenerator<Float32Array> {
  const reader = stream.getReader();
  let held: Float32Array[] = [];
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (value) {
      held.push(value);
      count += value.length;
    }
    if (count === 0 && done) return;
    if (count >= 4096 || done) {
      const piece = new Float32Array(count);
      let at = 0;
      for (const block of held) {
        piece.set(block, at);
        at += block.length;
      }
      [held, count] = [[], 0];
      yield piece;
    }
    if (done) return;
  }
}
