/** From a recording to its embedding in ten lines: `npx tsx examples/embed.ts speech.wav [model.tflite]` */
import { loadEmbedder } from 'frill-audio';
import { readAudioFile } from 'frill-audio/node';

const [, , recording = 'speech.wav', model = 'frill-s'] = process.argv;
const frill = await loadEmbedder(model);
const { mean, windows, times } = await frill.embed(await readAudioFile(recording));
console.log(`${times.length} windows of ${frill.windowSeconds} s, the first centred at ${times[0]} s`);
console.log(`the first is ${windows.slice(0, 4).join(', ')}, ...`);
console.log(`the clip is ${mean.length} numbers: ${mean.slice(0, 4).join(', ')}, ...`);
frill.close();
