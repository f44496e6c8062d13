/**
 * The device package sends nothing anywhere: of all that it does, from a model's address to an embedding, the model is the only thing asked
 * for. That the pages ask nobody else than who served them is seen to by their own tests.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { loadEmbedder } from 'frill-audio';
import { decodeAudio } from 'frill-audio/decode';
import { afterEach, expect, it, vi } from 'vitest';
import { tinyModel } from './tiny-model.js';

afterEach(() => vi.restoreAllMocks());

const RECORDINGS = ['voices.flac', 'voices.mp3', 'voices.opus', 'voices.m4a'].map((name) =>
  readFileSync(fileURLToPath(new URL(`../audio/${name}`, import.meta.url))),
);

async function embedAll(model: Uint8Array | string): Promise<void> {
  const embedder = await loadEmbedder(model);
  for (const recording of RECORDINGS) {
    const { channels, sampleRate } = await decodeAudio(recording);
    await embedder.embed(channels, { sampleRate });
  }
  embedder.close();
}

it('asks for the model once, and for nothing else', async () => {
  const model = await tinyModel();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.end(model);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connect = vi.spyOn(Socket.prototype, 'connect');
  await embedAll(`http://127.0.0.1:${port}/model.tflite`);
  expect(requests).toEqual(['GET /model.tflite']);
  expect(connect).toHaveBeenCalledTimes(1);
  server.close();
  server.closeAllConnections();
});

it('opens no connection with a model of bytes', async () => {
  const model = await tinyModel();
  const connect = vi.spyOn(Socket.prototype, 'connect');
  await embedAll(model);
  expect(connect).not.toHaveBeenCalled();
});
