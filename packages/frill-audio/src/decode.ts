/** `frill-audio/decode`: sound from the bytes of files of many formats, anywhere. */
export { decodeAudio } from './audio/decode.js';
