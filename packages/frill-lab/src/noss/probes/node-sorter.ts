/** What growing a tree spends its time on: the rows of a node, ordered by one feature. */

/** Up to here insertion sort beats the radix sort. */
const SMALL_NODE = 32;

/** Two passes of a radix sort over ranks, or insertion where rows are few. */
export class NodeSorter {
  /** After `sort`: the ranks in order, and for each the place of its row in the node. */
  ranks: Uint32Array;
  places: Uint32Array;
  readonly #spareRanks: Uint32Array;
  readonly #sparePlaces: Uint32Array;
  readonly #digitBits: number;
  readonly #lowCounts: Uint32Array;
  readonly #highCounts: Uint32Array;

  constructor(rows: number) {
    this.ranks = new Uint32Array(rows);
    this.places = new Uint32Array(rows);
    this.#spareRanks = new Uint32Array(rows);
    this.#sparePlaces = new Uint32Array(rows);
    this.#digitBits = Math.ceil(Math.log2(rows + 1) / 2);
    this.#lowCounts = new Uint32Array(2 ** this.#digitBits + 1);
    this.#highCounts = new Uint32Array(2 ** this.#digitBits + 1);
  }

  /** Sorts the members from `start` on by the ranks from `column` on. */
  sort(
    columnRanks: Uint16Array | Uint32Array,
    column: number,
    members: Uint32Array,
    start: number,
    size: number,
  ): void {
    const [ranks, places] = [this.ranks, this.places];
    if (size <= SMALL_NODE) {
      for (let i = 0; i < size; i++) {
        const rank = columnRanks[column + members[start + i]];
        let at = i;
        for (; at > 0 && ranks[at - 1] > rank; at--) {
          ranks[at] = ranks[at - 1];
          places[at] = places[at - 1];
        }
        ranks[at] = rank;
        places[at] = i;
      }
      return;
    }
    const [spareRanks, sparePlaces] = [this.#spareRanks, this.#sparePlaces];
    const [low, high, bits] = [this.#lowCounts.fill(0), this.#highCounts.fill(0), this.#digitBits];
    const mask = 2 ** bits - 1;
    for (let i = 0; i < size; i++) {
      const rank = columnRanks[column + members[start + i]];
      ranks[i] = rank;
      low[(rank & mask) + 1]++;
      high[(rank >>> bits) + 1]++;
    }
    for (let digit = 0; digit <= mask; digit++) {
      low[digit + 1] += low[digit];
      high[digit + 1] += high[digit];
    }
    for (let i = 0; i < size; i++) {
      const rank = ranks[i];
      const at = low[rank & mask]++;
      spareRanks[at] = rank;
      sparePlaces[at] = i;
    }
    for (let i = 0; i < size; i++) {
      const rank = spareRanks[i];
      const at = high[rank >>> bits]++;
      ranks[at] = rank;
      places[at] = sparePlaces[i];
    }
  }
}
