/** What a group of inputs is to the fuzzer: good files to begin with, and the code that must stand any change of them. */

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FuzzGroup {
  seeds(): Promise<readonly Seed[]>;
  /**
   * Reads an input. What it throws counts as a fault, unless it is one of the project's own errors (FrillError and kin),
   * which a damaged file deserves.
   */
  read(input: Seed): Promise<void>;
}
