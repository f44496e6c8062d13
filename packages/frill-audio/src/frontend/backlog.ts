/** Values in order of arrival; what is dropped may be still to come, where a hop is longer than what it hops over. */
export class Backlog {
  values: Float32Array = new Float32Array(0);
  #owed = 0;

  append(values: Float32Array): void {
    const paid = Math.min(this.#owed, values.length);
    this.#owed -= paid;
    const joined = new Float32Array(this.values.length + values.length - paid);
    joined.set(this.values);
    joined.set(values.subarray(paid), this.values.length);
    this.values = joined;
  }

  drop(count: number): void {
    this.#owed += Math.max(0, count - this.values.length);
    this.values = this.values.slice(count);
  }
}
