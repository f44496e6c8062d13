/**
 * Google's `speech_embedding` (Kilgour, 2020; Lin et al., arXiv 2002.01322; Apache-2.0) as openWakeWord converted it: one model from
 * samples on the int16 scale to mel spectrograms in dB, at most 80 dB below the loudest value, and one from mel / 10 + 2 to the
 * embedding.
 *
 * The encoder was made for 76 frames; its layers are convolutions, so here they pass over all 95 frames of a window once, instead of
 * over three overlapping crops. The loudest value is looked for window by window, as when windows are given one at a time.
 */
import { z } from 'zod';
import { between, type OnnxFile, readOnnx } from '../../../onnx/read-onnx.js';
import {
  NetworkWriter,
  type ReadSource,
  readSourceFile,
  renamed,
  SAMPLES,
  type SourceTensor,
} from './source.js';

export const speechEmbeddingSchema = z.strictObject({
  reader: z.literal('speech-embedding'),
  melspectrogram: z.string().describe('melspectrogram.onnx of openWakeWord'),
  encoder: z.string().describe('embedding_model.onnx of openWakeWord'),
});

/** Where our nodes take over from the first model, and where the second model takes over from them. */
const DECIBELS = 'onnx::ReduceMax_31';
const ENCODER_INPUT = 'model/conv2d/Conv2D__6:0';
const RANGE_DB = 80;
const MEL = 'mel';

/** Tensors: `mel` [N, 1, 95, 32], and those of the encoder by their names in its file, [N, channels, rows, columns]. */
export const readSpeechEmbedding: ReadSource<z.infer<typeof speechEmbeddingSchema>> = async (
  { melspectrogram, encoder },
  wanted,
) => {
  const write = new NetworkWriter();
  const scaled = write.node('Mul', [SAMPLES, write.scalar(32_767)]);
  const front = renamed(
    between(await readModel(melspectrogram), { from: ['input'], to: [DECIBELS] }, melspectrogram),
    (name) => (name === 'input' ? scaled : `front/${name}`),
  );
  write.nodes.push(...front.nodes);
  write.constants.push(...front.constants);
  const decibels = `front/${DECIBELS}`;
  const loudest = write.node('ReduceMax', [decibels, write.integers(1, 2, 3)]);
  const floor = write.node('Sub', [loudest, write.scalar(RANGE_DB)]);
  const limited = write.node('Max', [decibels, floor]);
  const tenth = write.node('Div', [limited, write.scalar(10)]);
  const mel = write.node('Add', [tenth, write.scalar(2)]);

  const tensors = new Map<string, SourceTensor>([[MEL, { name: mel, channelAxis: 3 }]]);
  const hidden = wanted.filter((name) => name !== MEL);
  if (hidden.length > 0) {
    const layers = between(await readModel(encoder), { from: [ENCODER_INPUT], to: hidden }, encoder);
    const behind = renamed(layers, (name) => (name === ENCODER_INPUT ? mel : `encoder/${name}`));
    write.nodes.push(...behind.nodes);
    write.constants.push(...behind.constants);
    for (const name of hidden) tensors.set(name, { name: `encoder/${name}`, channelAxis: 1 });
  }
  return { ...write, tensors };
};

async function readModel(path: string): Promise<OnnxFile> {
  const bytes = await readSourceFile(path);
  return readOnnx(bytes, path);
}
