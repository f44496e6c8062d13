/**
 * Two threads that take turns without an event loop: each raises a count of its own when it has spoken, and sleeps until the
 * other's has reached what it waits for.
 *
 * A thread can be preempted between raising its count and waking the other. The other, which was not asleep yet, has then
 * read the count and gone on, and what wakes it next is the late call of the turn before. So a thread that wakes looks at
 * the count again, and sleeps on where it is not there yet.
 */

/** What each side has said so often. */
export const QUESTIONS = 0;
export const ANSWERS = 1;
type Side = typeof QUESTIONS | typeof ANSWERS;

/** Two counts of 0, in memory that both threads see. */
export function newTurns(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Says that this side has spoken once more. */
export function speak(turns: Int32Array, side: Side): void {
  Atomics.add(turns, side, 1);
  Atomics.notify(turns, side);
}

/** How often a side has spoken. */
export function spoken(turns: Int32Array, side: Side): number {
  return Atomics.load(turns, side);
}

/** Sleeps until a side has spoken `count` times; false where it has not within `patience` milliseconds. */
export function waitFor(
  turns: Int32Array,
  side: Side,
  count: number,
  patience = Number.POSITIVE_INFINITY,
): boolean {
  const end = performance.now() + patience;
  for (let now = spoken(turns, side); now < count; now = spoken(turns, side))
    if (Atomics.wait(turns, side, now, Math.max(0, end - performance.now())) === 'timed-out')
      return spoken(turns, side) >= count;
  return true;
}
