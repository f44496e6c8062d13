/**
 * The decoders of packets. Those of compressed sound are WebAssembly builds of the codecs' own libraries (mpg123, FAAD2,
 * libFLAC, libopus, libvorbis), each loaded when first needed.
 */
import type { Codec } from '../demuxer.js';
import { openAac, openAlac } from './aac.js';
import { openAdpcm } from './adpcm.js';
import { openFlac } from './flac.js';
import { openMpeg } from './mpeg.js';
import { openOpus } from './opus.js';
import type { PacketDecoder } from './packet-decoder.js';
import { openPcm } from './pcm.js';
import { openVorbis } from './vorbis.js';
import { openAmr, openWma } from './whole-files.js';

export async function openCodec(codec: Codec): Promise<PacketDecoder> {
  switch (codec.name) {
    case 'pcm':
      return openPcm(codec.layout);
    case 'adpcm':
      return openAdpcm(codec.layout);
    case 'mpeg':
      return openMpeg();
    case 'aac':
      return openAac(codec.config, codec.isPrimed ?? false);
    case 'alac':
      return openAlac(codec.config);
    case 'flac':
      return openFlac();
    case 'opus':
      return openOpus(codec.head);
    case 'vorbis':
      return openVorbis(codec.headers);
    case 'amr':
      return openAmr();
    case 'wma':
      return openWma();
  }
}
