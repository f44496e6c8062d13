/** What a part of a combined teacher can be computed by. To add one, add a file and a line in both lists. */
import { z } from 'zod';
import { logMelSchema, readLogMel } from './log-mel.js';
import { onnxFileSchema, readOnnxFile } from './onnx-file.js';
import { readResemblyzer, resemblyzerSchema } from './resemblyzer.js';
import { readSilero, sileroSchema } from './silero.js';
import type { SourceNetwork } from './source.js';
import { readSpeechEmbedding, speechEmbeddingSchema } from './speech-embedding.js';
import { readTfliteFile, tfliteFileSchema } from './tflite-file.js';

export const sourceSchema = z.discriminatedUnion('reader', [
  logMelSchema,
  onnxFileSchema,
  resemblyzerSchema,
  sileroSchema,
  speechEmbeddingSchema,
  tfliteFileSchema,
]);
export type Source = z.infer<typeof sourceSchema>;

/** Opens a source for those of its tensors that are wanted. Throws ModelError as its reader does. */
export function readSource(source: Source, wanted: readonly string[]): Promise<SourceNetwork> {
  switch (source.reader) {
    case 'log-mel':
      return readLogMel(source, wanted);
    case 'onnx':
      return readOnnxFile(source, wanted);
    case 'resemblyzer':
      return readResemblyzer(source, wanted);
    case 'silero':
      return readSilero(source, wanted);
    case 'speech-embedding':
      return readSpeechEmbedding(source, wanted);
    case 'tflite':
      return readTfliteFile(source, wanted);
  }
}
