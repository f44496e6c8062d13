/** `frill-audio/node`: sound from files by their path, in Node. */
export { openAudioStream, readAudioFile, readMono16k } from './audio/file.js';
