import { expect, test } from 'vitest';
import { diskError } from './disk-error.js';

const failure = (code: string, syscall = 'open') =>
  Object.assign(new Error(`${code}: what the system says`), { code, syscall, path: 'runs/a' });

test.each([
  [failure('ENOSPC', 'write'), 'runs/a: the disk is full'],
  [failure('EROFS'), 'runs/a: this disk is read-only'],
  [failure('EACCES', 'mkdir'), 'runs/a: permission denied'],
  [failure('ENOENT', 'mkdir'), 'runs/a: this folder cannot be made'],
])('%s is said in words', (error, message) => {
  expect(diskError(error)?.message).toContain(message);
});

test('errors that are not of the disk are left alone', () => {
  for (const error of [failure('ENOENT'), failure('ECONNRESET'), new Error('plain'), 'text'])
    expect(diskError(error)).toBeUndefined();
});
