/**
 * TFLite Metadata for a model that takes audio (`metadata_schema.fbs`, identifier M001): with it MediaPipe's audio
 * tasks and other readers of that format know the sample rate and the number of channels.
 */
import { Builder } from 'flatbuffers';

/** Name of the entry in the model file. */
export const TFLITE_METADATA_ENTRY = 'TFLITE_METADATA';

const MODEL = { name: 0, version: 2, subgraphs: 3, licence: 5, minimumParserVersion: 7 };
const SUBGRAPH = { inputs: 2, outputs: 3 };
const TENSOR = { name: 0, description: 1, content: 3 };
const CONTENT = { type: 0, properties: 1 };
const AUDIO = { sampleRate: 0, channels: 1 };
/** Members of the union `ContentProperties`. */
const FEATURE_PROPERTIES = 1;
const AUDIO_PROPERTIES = 4;
/** The first version of the metadata parser that knows audio. */
const PARSER_VERSION = '1.3.0';

/** The entry's bytes for one input of mono samples and one output. `sampleRate` in Hz. */
export function audioMetadata({ name, sampleRate }: { name: string; sampleRate: number }): Uint8Array {
  const builder = new Builder(1_024);
  builder.startObject(2);
  builder.addFieldInt32(AUDIO.sampleRate, sampleRate, 0);
  builder.addFieldInt32(AUDIO.channels, 1, 0);
  const audio = content(builder, AUDIO_PROPERTIES, builder.endObject());
  builder.startObject(0);
  const feature = content(builder, FEATURE_PROPERTIES, builder.endObject());
  const inputs = listOf(builder, tensor(builder, 'audio', 'Mono samples between -1 and 1', audio));
  const outputs = listOf(builder, tensor(builder, 'embedding', 'Speech representation', feature));
  builder.startObject(4);
  builder.addFieldOffset(SUBGRAPH.inputs, inputs, 0);
  builder.addFieldOffset(SUBGRAPH.outputs, outputs, 0);
  const subgraphs = listOf(builder, builder.endObject());
  const [title, version, licence, parser] = [name, '1', 'Apache-2.0', PARSER_VERSION].map((text) =>
    builder.createString(text),
  );
  builder.startObject(8);
  builder.addFieldOffset(MODEL.name, title, 0);
  builder.addFieldOffset(MODEL.version, version, 0);
  builder.addFieldOffset(MODEL.subgraphs, subgraphs, 0);
  builder.addFieldOffset(MODEL.licence, licence, 0);
  builder.addFieldOffset(MODEL.minimumParserVersion, parser, 0);
  builder.finish(builder.endObject(), 'M001');
  return builder.asUint8Array().slice();
}

function content(builder: Builder, type: number, properties: number): number {
  builder.startObject(2);
  builder.addFieldInt8(CONTENT.type, type, 0);
  builder.addFieldOffset(CONTENT.properties, properties, 0);
  return builder.endObject();
}

function tensor(builder: Builder, name: string, description: string, properties: number): number {
  const [title, text] = [name, description].map((each) => builder.createString(each));
  builder.startObject(4);
  builder.addFieldOffset(TENSOR.name, title, 0);
  builder.addFieldOffset(TENSOR.description, text, 0);
  builder.addFieldOffset(TENSOR.content, properties, 0);
  return builder.endObject();
}

function listOf(builder: Builder, item: number): number {
  builder.startVector(4, 1, 4);
  builder.addOffset(item);
  return builder.endVector();
}
