/**
 * Errors a user can act on. Each says what is wrong, where, and what to do about it; everything else that
 * is thrown is a fault of the project.
 */

/** What an error is made of: the three things that every message must answer, and what led to it. */
export interface ErrorDetails {
  /** What is wrong, e.g. `the file is not audio`. */
  readonly what: string;
  /** Where: a path, a flag, a tensor, a row. */
  readonly where?: string | undefined;
  /** What the user can do. */
  readonly remedy?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** Base of all errors that are the input's fault. `message` reads `where: what. remedy`. */
export class FrillError extends Error {
  /** What is wrong. */
  readonly what: string;
  /** Where: a path, an option, a tensor, a row. */
  readonly where: string | undefined;
  /** What can be done about it. */
  readonly remedy: string | undefined;

  /** An error with its message put together. */
  constructor(details: ErrorDetails) {
    const { what, where, remedy, cause } = details;
    super(`${where === undefined ? '' : `${where}: `}${what}${remedy === undefined ? '' : `. ${remedy}`}`, {
      cause,
    });
    this.name = new.target.name;
    this.what = what;
    this.where = where;
    this.remedy = remedy;
  }
}

/** Audio that cannot be read or used: empty, truncated, not audio, NaN samples, an impossible sample rate. */
export class AudioError extends FrillError {}

/** A model file that cannot be loaded, or does not fit what was asked of it. */
export class ModelError extends FrillError {}

/** A manifest, configuration, command line or folder that does not say what it must. */
export class InputError extends FrillError {}
