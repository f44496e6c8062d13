/** Writes WAV files of every kind that the reader must understand, and of some that it must refuse. */

export interface WavChunk {
  readonly name: string;
  readonly body: Uint8Array;
}

export interface WavSpec {
  readonly encoding: 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64';
  readonly sampleRate: number;
  /** Values in [-1, 1]; floats may hold anything. */
  readonly channels: readonly ArrayLike<number>[];
  readonly header?: 'plain' | 'extensible' | 'missing';
  readonly container?: 'RIFF' | 'RF64';
  readonly before?: readonly WavChunk[];
  readonly after?: readonly WavChunk[];
  /** Sizes to write instead of the true ones. */
  readonly sizes?: { readonly riff: number; readonly data: number };
}

const BYTES = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 };

export function wavFile(spec: WavSpec): Uint8Array<ArrayBuffer> {
  const { container = 'RIFF', header = 'plain', before = [], after = [] } = spec;
  const samples = encodeSamples(spec);
  const chunks: WavChunk[] = [
    ...before,
    ...(header === 'missing' ? [] : [{ name: 'fmt ', body: formatChunk(spec) }]),
    { name: 'data', body: samples },
    ...after,
  ];
  if (container === 'RF64') {
    const ds64 = new DataView(new ArrayBuffer(28));
    ds64.setBigUint64(8, BigInt(samples.length), true);
    chunks.unshift({ name: 'ds64', body: new Uint8Array(ds64.buffer) });
  }
  const length = chunks.reduce((sum, { body }) => sum + 8 + body.length + (body.length % 2), 12);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const write = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  write(0, container);
  view.setUint32(4, spec.sizes?.riff ?? length - 8, true);
  write(8, 'WAVE');
  let at = 12;
  for (const { name, body } of chunks) {
    const dataSize = spec.sizes?.data ?? (container === 'RF64' ? 0xffff_ffff : body.length);
    write(at, name);
    view.setUint32(at + 4, name === 'data' ? dataSize : body.length, true);
    bytes.set(body, at + 8);
    at += 8 + body.length + (body.length % 2);
  }
  return bytes;
}

function formatChunk({ encoding, channels, sampleRate, header }: WavSpec): Uint8Array {
  const view = new DataView(new ArrayBuffer(header === 'extensible' ? 40 : 16));
  const code = encoding.startsWith('f') ? 3 : 1;
  const blockAlign = BYTES[encoding] * channels.length;
  view.setUint16(0, header === 'extensible' ? 0xfffe : code, true);
  view.setUint16(2, channels.length, true);
  view.setUint32(4, sampleRate, true);
  view.setUint32(8, sampleRate * blockAlign, true);
  view.setUint16(12, blockAlign, true);
  view.setUint16(14, BYTES[encoding] * 8, true);
  if (header === 'extensible') {
    view.setUint16(16, 22, true);
    view.setUint16(18, BYTES[encoding] * 8, true);
    view.setUint16(24, code, true);
  }
  return new Uint8Array(view.buffer);
}

function encodeSamples({ encoding, channels }: WavSpec): Uint8Array {
  const size = BYTES[encoding];
  const view = new DataView(new ArrayBuffer(size * channels.length * channels[0].length));
  for (let i = 0, at = 0; i < channels[0].length; i++)
    for (const channel of channels) {
      writeSample(view, at, encoding, channel[i]);
      at += size;
    }
  return new Uint8Array(view.buffer);
}

function writeSample(view: DataView, at: number, encoding: WavSpec['encoding'], value: number): void {
  if (encoding === 'u8') view.setUint8(at, Math.round(value * 127) + 128);
  else if (encoding === 's16') view.setInt16(at, Math.round(value * 32_767), true);
  else if (encoding === 's24') {
    const code = Math.round(value * 8_388_607);
    view.setUint16(at, code & 0xffff, true);
    view.setInt8(at + 2, code >> 16);
  } else if (encoding === 's32') view.setInt32(at, Math.round(value * 2_147_483_647), true);
  else if (encoding === 'f32') view.setFloat32(at, value, true);
  else view.setFloat64(at, value, true);
}
