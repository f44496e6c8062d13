/** The files of formats/, which `make-formats` makes: one of every container and codec that can be read. */

export interface FormatFile {
  readonly file: string;
  readonly container: string;
  readonly codec: string;
  /** In Hz. */
  readonly rate: number;
  readonly channels: number;
  /** How well the sound is kept, in decibels of signal to error; what encoders lose is theirs. */
  readonly fidelity: number;
  /** Samples that the encoder puts before the sound and that the container does not tell of. */
  readonly late?: number;
  /** Samples that may come behind it, for the same reason, or that are lost if negative; 0 where absent. */
  readonly behind?: number;
}

/** Length of what `original.ts` makes, in seconds. */
export const FORMAT_SECONDS = 0.2;

const PCM = { rate: 8_000, channels: 1, fidelity: 80 } as const;
const BYTE = { rate: 8_000, channels: 1, fidelity: 30 } as const;
const LAW = { rate: 8_000, channels: 1, fidelity: 36 } as const;
const IMA = { rate: 8_000, channels: 1, fidelity: 27 } as const;
const LOSSLESS = { rate: 22_050, channels: 2, fidelity: 80 } as const;
const LOSSY = { rate: 22_050, channels: 2, fidelity: 23 } as const;
const OPUS = { rate: 48_000, channels: 1, fidelity: 30 } as const;

export const FORMATS: readonly FormatFile[] = [
  { file: 'wav-u8.wav', container: 'WAV', codec: 'PCM, 8 bits', ...BYTE },
  { file: 'wav-s16.wav', container: 'WAV', codec: 'PCM, 16 bits', ...PCM },
  { file: 'wav-s24.wav', container: 'WAV', codec: 'PCM, 24 bits', ...PCM },
  { file: 'wav-s32.wav', container: 'WAV', codec: 'PCM, 32 bits', ...PCM },
  { file: 'wav-f32.wav', container: 'WAV', codec: 'float, 32 bits', ...PCM },
  { file: 'wav-f64.wav', container: 'WAV', codec: 'float, 64 bits', ...PCM },
  { file: 'wav-a-law.wav', container: 'WAV', codec: 'A-law', ...LAW },
  { file: 'wav-mu-law.wav', container: 'WAV', codec: 'mu-law', ...LAW },
  { file: 'wav-ima.wav', container: 'WAV', codec: 'IMA ADPCM', ...IMA },
  { file: 'wav-ima-stereo.wav', container: 'WAV', codec: 'IMA ADPCM', ...LOSSY },
  { file: 'wav-mp3.wav', container: 'WAV', codec: 'MP3', ...LOSSY, late: 1105, behind: 245 },
  { file: 'wav-rf64.wav', container: 'RF64', codec: 'PCM, 16 bits', ...PCM },
  { file: 'aiff-s8.aiff', container: 'AIFF', codec: 'PCM, 8 bits', ...BYTE },
  { file: 'aiff-s16.aiff', container: 'AIFF', codec: 'PCM, 16 bits', ...PCM },
  { file: 'aiff-s24.aiff', container: 'AIFF', codec: 'PCM, 24 bits', ...PCM },
  { file: 'aiff-s32.aiff', container: 'AIFF', codec: 'PCM, 32 bits', ...PCM },
  { file: 'aifc-sowt.aifc', container: 'AIFF-C', codec: 'PCM, 16 bits, little-endian', ...PCM },
  { file: 'aifc-f32.aifc', container: 'AIFF-C', codec: 'float, 32 bits', ...PCM },
  { file: 'aifc-f64.aifc', container: 'AIFF-C', codec: 'float, 64 bits', ...PCM },
  { file: 'aifc-a-law.aifc', container: 'AIFF-C', codec: 'A-law', ...LAW },
  { file: 'aifc-mu-law.aifc', container: 'AIFF-C', codec: 'mu-law', ...LAW },
  { file: 'aifc-ima4.aifc', container: 'AIFF-C', codec: 'IMA ADPCM', ...IMA },
  {
    file: 'aifc-ima4-stereo.aifc',
    container: 'AIFF-C',
    codec: 'IMA ADPCM',
    ...LOSSY,
    fidelity: 34,
    behind: 63,
  },
  { file: 'caf-s8.caf', container: 'CAF', codec: 'PCM, 8 bits', ...BYTE },
  { file: 'caf-s16be.caf', container: 'CAF', codec: 'PCM, 16 bits', ...PCM },
  { file: 'caf-s16le.caf', container: 'CAF', codec: 'PCM, 16 bits, little-endian', ...PCM },
  { file: 'caf-s24.caf', container: 'CAF', codec: 'PCM, 24 bits', ...PCM },
  { file: 'caf-s32.caf', container: 'CAF', codec: 'PCM, 32 bits', ...PCM },
  { file: 'caf-f32.caf', container: 'CAF', codec: 'float, 32 bits', ...PCM },
  { file: 'caf-f64.caf', container: 'CAF', codec: 'float, 64 bits', ...PCM },
  { file: 'caf-a-law.caf', container: 'CAF', codec: 'A-law', ...LAW },
  { file: 'caf-mu-law.caf', container: 'CAF', codec: 'mu-law', ...LAW },
  { file: 'caf-ima4.caf', container: 'CAF', codec: 'IMA ADPCM', ...IMA },
  { file: 'caf-alac.caf', container: 'CAF', codec: 'ALAC', ...LOSSLESS },
  { file: 'caf-mp3.caf', container: 'CAF', codec: 'MP3', ...LOSSY, late: 1105, behind: 245 },
  { file: 'caf-opus.caf', container: 'CAF', codec: 'Opus', ...OPUS, late: 312, behind: 648 },
  { file: 'mp4-aac.m4a', container: 'MP4', codec: 'AAC', ...LOSSY },
  { file: 'mp4-aac-16k.m4a', container: 'MP4', codec: 'AAC', ...LOSSY, rate: 16_000, channels: 1 },
  { file: 'mp4-aac-fragments.mp4', container: 'MP4', codec: 'AAC', ...LOSSY, behind: 1024 },
  { file: 'mp4-alac.m4a', container: 'MP4', codec: 'ALAC', ...LOSSLESS },
  { file: 'mp4-mp3.mp4', container: 'MP4', codec: 'MP3', ...LOSSY },
  { file: 'mp4-flac.mp4', container: 'MP4', codec: 'FLAC', ...LOSSLESS },
  { file: 'mp4-opus.mp4', container: 'MP4', codec: 'Opus', ...OPUS },
  { file: 'mov-u8.mov', container: 'QuickTime', codec: 'PCM, 8 bits', ...BYTE },
  { file: 'mov-s16le.mov', container: 'QuickTime', codec: 'PCM, 16 bits', ...PCM },
  { file: 'mov-s24be.mov', container: 'QuickTime', codec: 'PCM, 24 bits', ...PCM },
  { file: 'mov-f32le.mov', container: 'QuickTime', codec: 'float, 32 bits', ...PCM },
  { file: 'mov-a-law.mov', container: 'QuickTime', codec: 'A-law', ...LAW },
  { file: 'mov-mu-law.mov', container: 'QuickTime', codec: 'mu-law', ...LAW },
  { file: 'mov-ima4.mov', container: 'QuickTime', codec: 'IMA ADPCM', ...IMA },
  { file: 'mka-u8.mka', container: 'Matroska', codec: 'PCM, 8 bits', ...BYTE },
  { file: 'mka-s16le.mka', container: 'Matroska', codec: 'PCM, 16 bits', ...PCM },
  { file: 'mka-s24be.mka', container: 'Matroska', codec: 'PCM, 24 bits', ...PCM },
  { file: 'mka-f32.mka', container: 'Matroska', codec: 'float, 32 bits', ...PCM },
  { file: 'mka-f64.mka', container: 'Matroska', codec: 'float, 64 bits', ...PCM },
  { file: 'mka-acm-a-law.mka', container: 'Matroska', codec: 'A-law', ...LAW },
  { file: 'mka-aac.mka', container: 'Matroska', codec: 'AAC', ...LOSSY, behind: 1024 },
  { file: 'mka-alac.mka', container: 'Matroska', codec: 'ALAC', ...LOSSLESS },
  { file: 'mka-flac.mka', container: 'Matroska', codec: 'FLAC', ...LOSSLESS },
  { file: 'mka-mp3.mka', container: 'Matroska', codec: 'MP3', ...LOSSY, late: 1105 },
  { file: 'mka-mp2.mka', container: 'Matroska', codec: 'MP2', ...LOSSY, late: 481, behind: -283 },
  { file: 'mka-opus.mka', container: 'Matroska', codec: 'Opus', ...OPUS },
  { file: 'webm-vorbis.webm', container: 'WebM', codec: 'Vorbis', ...LOSSY, behind: 1024 },
  { file: 'ogg-opus.opus', container: 'Ogg', codec: 'Opus', ...OPUS },
  { file: 'ogg-vorbis.ogg', container: 'Ogg', codec: 'Vorbis', ...LOSSY },
  { file: 'ogg-flac.oga', container: 'Ogg', codec: 'FLAC', ...LOSSLESS },
  { file: 'flac-s16.flac', container: 'FLAC', codec: 'FLAC', ...LOSSLESS },
  { file: 'flac-s24.flac', container: 'FLAC', codec: 'FLAC', ...PCM },
  { file: 'mpeg1-layer3.mp3', container: 'MP3', codec: 'MPEG-1 layer III', ...OPUS, fidelity: 23 },
  { file: 'mpeg2-layer3.mp3', container: 'MP3', codec: 'MPEG-2 layer III', ...LOSSY },
  {
    file: 'mpeg2-layer3-bare.mp3',
    container: 'MP3',
    codec: 'MPEG-2 layer III',
    ...LOSSY,
    late: 1105,
    behind: 245,
  },
  {
    file: 'mpeg2.5-layer3.mp3',
    container: 'MP3',
    codec: 'MPEG-2.5 layer III',
    ...LOSSY,
    rate: 8_000,
    channels: 1,
  },
  {
    file: 'mpeg1-layer2.mp2',
    container: 'MP3',
    codec: 'MPEG-1 layer II',
    ...OPUS,
    fidelity: 40,
    late: 481,
    behind: 287,
  },
  { file: 'adts.aac', container: 'ADTS', codec: 'AAC', ...LOSSY, behind: 1024 },
  {
    file: 'adts-16k.aac',
    container: 'ADTS',
    codec: 'AAC',
    ...LOSSY,
    rate: 16_000,
    channels: 1,
    behind: 1024,
  },
  { file: 'wma2.wma', container: 'Windows Media', codec: 'WMA 2', ...LOSSY, late: -1024, behind: 710 },
];
