/** Runs in the audio thread: hands on what comes in, some hundredths of a second at a time, one Float32Array a channel. */
const BLOCK = 1024;

class FrillMicrophone extends AudioWorkletProcessor {
  #channels = [];
  #length = 0;

  process([input]) {
    if (input.length === 0) return true;
    const size = input[0].length;
    // A device that changes its number of channels begins a new block.
    if (this.#channels.length !== input.length || this.#length + size > BLOCK) this.#send(input.length);
    for (const [index, samples] of input.entries()) this.#channels[index].set(samples, this.#length);
    this.#length += size;
    return true;
  }

  #send(count) {
    const channels = this.#channels.map((channel) => channel.subarray(0, this.#length));
    if (this.#length > 0) this.port.postMessage(channels);
    this.#channels = Array.from({ length: count }, () => new Float32Array(BLOCK));
    this.#length = 0;
  }
}

registerProcessor('frill-microphone', FrillMicrophone);
