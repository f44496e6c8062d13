/** Tells Node from browsers: in Node, models and runtimes are opened by path; elsewhere they are fetched. */

export function isNode(): boolean {
  return typeof globalThis.process?.versions?.node === 'string';
}
