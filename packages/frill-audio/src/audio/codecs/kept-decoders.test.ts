import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isSame } from '../../../../../testing/in-pieces.js';
import { decodeAudio } from '../decode.js';
import { KeptDecoders, type Library } from './kept-decoders.js';

const voices = (format: string) =>
  readFile(new URL(`../../../../../testing/audio/voices.${format}`, import.meta.url));

describe.each(['flac', 'ogg'])('a kept decoder of %s', (format) => {
  it('decodes each file as the first, whatever it had before', async () => {
    const bytes = await voices(format);
    const damaged = Uint8Array.from(bytes, (byte, at) => (at > 6_000 && at % 97 === 0 ? byte ^ 0x55 : byte));
    const first = await decodeAudio(bytes);
    await decodeAudio(damaged).catch(() => {});
    await decodeAudio(bytes.subarray(0, bytes.length >> 1)).catch(() => {});
    const together = await Promise.all([1, 2, 3, 4].map(() => decodeAudio(bytes)));
    for (const again of [...together, await decodeAudio(bytes)])
      expect(isSame(again.channels[0], first.channels[0])).toBe(true);
  });
});

describe.each(['flac', 'ogg'])('a kept decoder of %s that loses memory with every file', (format) => {
  afterEach(() => vi.restoreAllMocks());

  it('is given up before it has none left', async () => {
    const bytes = await voices(format);
    const first = await decodeAudio(bytes);
    const { giveBack } = KeptDecoders.prototype;
    vi.spyOn(KeptDecoders.prototype, 'giveBack').mockImplementation(function (
      this: KeptDecoders<Library>,
      decoder,
      wentWell,
    ) {
      // libvorbis loses 17 kB a file of these codebooks.
      Reflect.get(Reflect.get(decoder, '_common'), 'wasm').malloc(500_000);
      giveBack.call(this, decoder, wentWell);
    });
    for (let file = 0; file < 60; file++)
      expect(isSame((await decodeAudio(bytes)).channels[0], first.channels[0])).toBe(true);
  });
});

/** Has a codec's state, made in an instance that `_WASMAudioDecoderCommon` starts. */
class Fake implements Library {
  static instances = 0;
  static freed = 0;
  /** What `malloc` gives. */
  static place = 8;
  readonly ready: Promise<void>;
  state = 0;
  _common: { instantiate(): Promise<unknown> } | undefined;
  _WASMAudioDecoderCommon = class {
    readonly wasm = {
      HEAP: new ArrayBuffer(64),
      malloc: () => Fake.place,
      free() {},
    };
    async instantiate() {
      Fake.instances++;
      return this;
    }
  };

  constructor() {
    this.ready = this.reset();
  }
  async reset() {
    this._common = Object(await new this._WASMAudioDecoderCommon().instantiate());
    this.state = 0;
  }
  free() {
    Fake.freed++;
  }
}

it('starts one instance for files one after another, makes the state anew, and keeps two at most', async () => {
  const kept = new KeptDecoders(async () => new Fake());
  for (let file = 0; file < 5; file++) {
    const decoder = await kept.take();
    expect(decoder.state).toBe(0);
    decoder.state = 7;
    kept.giveBack(decoder, true);
  }
  expect(Fake.instances).toBe(1);
  const three = [await kept.take(), await kept.take(), await kept.take()];
  for (const decoder of three) kept.giveBack(decoder, true);
  expect([Fake.instances, Fake.freed]).toEqual([3, 1]);
  kept.giveBack(await kept.take(), false);
  expect([Fake.instances, Fake.freed]).toEqual([3, 2]);
  Fake.place = 0;
  kept.giveBack(await kept.take(), true);
  expect([Fake.instances, Fake.freed]).toEqual([3, 3]);
});
