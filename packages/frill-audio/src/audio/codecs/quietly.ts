/** Decoder libraries print what troubles them. Whoever uses this library is told by an error instead, with the file's name. */

/** Runs `work`, which must not wait for anything, with the console's voice off. */
export function quietly<T>(work: () => T): T {
  const { log, info, warn, error } = console;
  const silent = () => {};
  Object.assign(console, { log: silent, info: silent, warn: silent, error: silent });
  try {
    return work();
  } finally {
    Object.assign(console, { log, info, warn, error });
  }
}
