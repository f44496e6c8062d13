/** Plays a window's sound. */
import { SAMPLE_RATE } from 'frill-audio';
import type { Heard } from './heard.js';

let context: AudioContext | undefined;
let playing: AudioBufferSourceNode | undefined;

/** Stops what plays, and plays this. Call it from a press or a click: browsers allow sound only then. */
export async function play({ samples }: Pick<Heard, 'samples'>): Promise<void> {
  context ??= new AudioContext();
  await context.resume();
  playing?.stop();
  const buffer = context.createBuffer(1, samples.length, SAMPLE_RATE);
  buffer.copyToChannel(Float32Array.from(samples), 0);
  playing = context.createBufferSource();
  playing.buffer = buffer;
  playing.connect(context.destination);
  playing.start();
}
