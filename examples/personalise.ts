/**
 * An answer of one's own from a few recordings of each kind: `npx tsx examples/personalise.ts frill.tflite me=a.wav me=b.wav
 * other=c.wav other=d.wav new.wav`
 */
import { fitHead, loadEmbedder } from 'frill-audio';
import { readAudioFile } from 'frill-audio/node';

const [model, ...recordings] = process.argv.slice(2);
const frill = await loadEmbedder(model);
const embed = async (path: string) => {
  const { sampleRate, channels } = await readAudioFile(path);
  return (await frill.embed(channels, { sampleRate })).mean;
};
const labelled = recordings.filter((text) => text.includes('=')).map((text) => text.split('='));
const head = fitHead(
  await Promise.all(labelled.map(async ([label, path]) => ({ label, embedding: await embed(path) }))),
);
for (const path of recordings.filter((text) => !text.includes('='))) {
  const { label, probability } = head.predict(await embed(path));
  console.log(`${path}: ${label} (${(100 * probability).toFixed(0)} %)`);
}
console.log(`the head takes ${JSON.stringify(head).length} bytes`);
frill.close();
