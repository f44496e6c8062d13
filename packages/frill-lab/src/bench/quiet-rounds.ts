/**
 * Rounds on a machine that is watched. A look before and after each timing tells whether it was disturbed; a disturbed one is made
 * again once the machine is quiet. Patience is limited: a share of the time that measuring itself takes may be spent on waiting
 * and on repeating. When it has run out, of the tries of a round the least disturbed is kept, and counted.
 */
import { disturbedBy, severity } from './disturbance.js';
import type { LatencyProtocol } from './latency-protocol.js';
import type { MachineState, MachineWatch } from './machine-watch.js';
import { type Clock, type Subject, type TimedRound, timeRound } from './timed-runs.js';

/** A round, and the machine while it was timed: the slower of the references before and after. */
export interface WatchedRound extends TimedRound {
  readonly machine: MachineState;
}

/** A round is timed so often at most. */
const TRIES = 3;
/** Looks at the start, to know how fast the machine can be. */
const FIRST_LOOKS = 10;
/** Between two looks while waiting. */
const PAUSE_SECONDS = 0.5;
/** Waiting longer for one round does not pay. */
const LONGEST_WAIT_SECONDS = 20;

export class QuietRounds {
  measurements = 0;
  repeated = 0;
  disturbed = 0;
  waitedSeconds = 0;
  /** Least time of the reference computation, in milliseconds. */
  fastestReferenceMs = Number.POSITIVE_INFINITY;
  /** Seconds of useful timing, and of waiting and repeating. */
  #measuring = 0;
  #spent = 0;

  constructor(
    private readonly watch: MachineWatch,
    private readonly protocol: LatencyProtocol,
    private readonly clock: Clock,
    /** Told once for each reason to wait. */
    private readonly say: (what: string) => void = () => {},
  ) {
    for (let i = 0; i < FIRST_LOOKS; i++) this.#look();
  }

  /** What is known of rounds that were timed before an interruption. */
  recall({ referenceMs }: MachineState): void {
    this.fastestReferenceMs = Math.min(this.fastestReferenceMs, referenceMs);
  }

  /** Times a model for one round, again if it must be. */
  async time(subject: Subject): Promise<WatchedRound> {
    let best: WatchedRound | undefined;
    for (let attempt = 1; ; attempt++) {
      const began = this.clock();
      const before = this.#look();
      const timed = await timeRound(subject, this.protocol, this.clock);
      const after = this.#look();
      const seconds = (this.clock() - began) / 1000;
      const machine = { ...after, referenceMs: Math.max(before.referenceMs, after.referenceMs) };
      this.measurements++;
      if (attempt === 1) this.#measuring += seconds;
      else this.#spent += seconds;
      const round = { ...timed, machine };
      if (!best || this.#severity(round) < this.#severity(best)) best = round;
      const reason = this.#disturbedBy(machine);
      if (!reason) return round;
      if (attempt === TRIES || !this.#hasPatience()) {
        this.disturbed++;
        return best;
      }
      this.repeated++;
      await this.#waitUntilQuiet(`${subject.name} is timed again: ${reason}`);
    }
  }

  async #waitUntilQuiet(reason: string): Promise<void> {
    this.say(reason);
    const { watch } = this;
    for (let waited = 0; waited < LONGEST_WAIT_SECONDS && this.#hasPatience(); waited += PAUSE_SECONDS) {
      await watch.wait(PAUSE_SECONDS);
      this.waitedSeconds += PAUSE_SECONDS;
      this.#spent += PAUSE_SECONDS;
      if (!this.#disturbedBy(this.#look())) return;
    }
  }

  #hasPatience(): boolean {
    return this.#spent < this.protocol.patience * this.#measuring;
  }

  #look(): MachineState {
    const state = this.watch.look();
    this.fastestReferenceMs = Math.min(this.fastestReferenceMs, state.referenceMs);
    return state;
  }

  #disturbedBy(state: MachineState): string | undefined {
    return disturbedBy(state, this.fastestReferenceMs, this.protocol);
  }

  #severity({ machine }: WatchedRound): number {
    return severity(machine, this.fastestReferenceMs);
  }
}
