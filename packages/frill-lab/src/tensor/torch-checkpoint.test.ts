import { expect, test } from 'vitest';
import { decodeTorchCheckpoint } from './torch-checkpoint.js';

/** The older format, opcode by opcode, of {'state': OrderedDict([('w', tensor [2, 3])]), 'steps': 7}, as PyTorch 1.0 wrote it. */
function checkpoint({ stride = 3, module = 'torch._utils' } = {}): Uint8Array {
  const bytes: number[] = [];
  const text = (value: string) => bytes.push(...new TextEncoder().encode(value));
  const unicode = (value: string) =>
    bytes.push(0x58, value.length, 0, 0, 0, ...new TextEncoder().encode(value));
  const pickle = (body: () => void) => {
    bytes.push(0x80, 2);
    body();
    text('.');
  };
  pickle(() => bytes.push(0x8a, 2, 0x6c, 0x03)); // magic number, a long
  pickle(() => bytes.push(0x4d, 0xe9, 0x03)); // protocol 1001
  pickle(() => text('}')); // system information
  pickle(() => {
    text('}(');
    unicode('state');
    text('ccollections\nOrderedDict\n)Rq');
    bytes.push(1);
    unicode('w');
    text(`c${module}\n_rebuild_tensor_v2\n((`);
    unicode('storage');
    text('ctorch\nFloatStorage\n');
    unicode('42');
    unicode('cpu');
    bytes.push(0x4b, 7, 0x4e); // 7 numbers, no view
    text('tQ');
    bytes.push(0x4b, 1, 0x4b, 2, 0x4b, 3, 0x86, 0x4b, stride, 0x4b, 1, 0x86, 0x89);
    text('ccollections\nOrderedDict\n)RtRs');
    unicode('steps');
    bytes.push(0x4b, 7);
    text('u');
  });
  pickle(() => {
    text(']');
    unicode('42');
    text('a');
  });
  const numbers = new Uint8Array(Float32Array.of(9, 1, 2, 3, 4, 5, 6).buffer);
  return Uint8Array.of(...bytes, 7, 0, 0, 0, 0, 0, 0, 0, ...numbers);
}

test('parameters by name, from their places in the storages', () => {
  const weights = decodeTorchCheckpoint(checkpoint(), 'state', 'x.pt');
  expect([...weights]).toEqual([['w', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]);
});

test('a call of anything else makes nothing', () => {
  expect(decodeTorchCheckpoint(checkpoint({ module: 'os' }), 'state', 'x.pt').size).toBe(0);
});

test.each([
  ['another key', checkpoint(), 'model'],
  ['a file that ends early', checkpoint().subarray(0, -4), 'state'],
  ['a transposed view', checkpoint({ stride: 1 }), 'state'],
  ['a zip archive, the newer format', new TextEncoder().encode('PK\x03\x04'), 'state'],
  ['no bytes', new Uint8Array(), 'state'],
])('%s is refused', (_, bytes, key) => {
  expect(() => decodeTorchCheckpoint(bytes, key, 'x.pt')).toThrow(/x.pt: not a checkpoint/);
});
