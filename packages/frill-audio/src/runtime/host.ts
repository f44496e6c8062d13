/** Where this code runs. */

export function isNode(): boolean {
  return typeof globalThis.process?.versions?.node === 'string';
}
