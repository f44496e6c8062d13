/**
 * `--device gpu`: refused where there is none; and where Chromium's software driver for Vulkan is installed, WebGPU gives what the
 * processor gives.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFrill } from '../../../../testing/frill-processes.js';
import { wavFile } from '../../../../testing/wav.js';
import { providerOf } from '../engine/ort/provider.js';
import { readNpy } from '../tensor/npy.js';
import { random } from '../tensor/random.js';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

const folder = await mkdtemp(join(tmpdir(), 'frill-device-'));
const noise = random('noise');
const samples = Float32Array.from({ length: 32_000 }, () => noise.normal(0, 0.1));
await writeFile(
  join(folder, 'noise.wav'),
  wavFile({ encoding: 's16', sampleRate: 16_000, channels: [samples] }),
);

/** Embeds the recording; what was said, and the values. */
async function embed(out: string, ...more: string[]) {
  const words = ['embed', 'noise.wav', '--model', 'frill-s', '--out', out, ...more];
  const { ended, heard } = startFrill(words, folder);
  const code = await ended;
  return {
    code,
    said: heard.said,
    values: code === 0 ? readNpy(join(folder, out)).data : [],
  };
}

test('is refused where onnxruntime finds no GPU, with what is missing', async () => {
  const isThere = await providerOf('gpu').then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const { code, said } = await embed('refused.npy', '--device', 'gpu');
  expect(code).toBe(1);
  expect(said).toMatch(/onnxruntime finds no GPU that computes here\. cuda: .* webgpu: .*leave --device out/);
  expect(existsSync(join(folder, 'refused.npy'))).toBe(false);
});

test('is refused beside an engine that computes on the processor', async () => {
  const { code, said } = await embed('refused.npy', '--device', 'gpu', '--engine', 'litert');
  expect(code).toBe(1);
  expect(said).toMatch(/finds no GPU|litert does not compute on a GPU/);
});

const canRun = existsSync(DRIVER);
const title = 'WebGPU gives what the processor gives';
test.skipIf(!canRun)(
  canRun ? title : `${title} (skipped: Chromium's software driver is absent)`,
  async () => {
    const before = process.env.VK_ICD_FILENAMES;
    process.env.VK_ICD_FILENAMES = DRIVER;
    const onGpu = await embed('gpu.npy', '--device', 'gpu').finally(() => {
      if (before === undefined) delete process.env.VK_ICD_FILENAMES;
      else process.env.VK_ICD_FILENAMES = before;
    });
    const onProcessor = await embed('cpu.npy');
    expect(onGpu.said).toContain('onnxruntime ran the model');
    expect(onGpu.values.length).toBe(onProcessor.values.length);
    expect(onGpu.values.length).toBeGreaterThan(0);
    for (const [i, value] of onProcessor.values.entries()) expect(onGpu.values[i]).toBeCloseTo(value, 3);
  },
  120_000,
);
