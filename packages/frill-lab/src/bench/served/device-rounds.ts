/** Rounds that devices have sent, in one file a device, so that one that left half-way comes back to what it had. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { appendRecord, readRecords } from '../../run/json-lines.js';
import { type RoundRecord, roundRecordSchema } from '../round-store.js';

/** No network has so many phones. */
const MOST_DEVICES = 100;

export class DeviceRounds {
  constructor(private readonly folder: string) {}

  /** Rounds of this measurement that the device has sent. */
  async of(device: string, measurement: string): Promise<RoundRecord[]> {
    const all = await readRecords(this.#file(device), (value) => roundRecordSchema.parse(value));
    return all.filter((record) => record.measurement === measurement);
  }

  add(device: string, record: RoundRecord): Promise<void> {
    return appendRecord(this.#file(device), record);
  }

  /** Whether one more device can be taken in. */
  async hasRoom(device: string): Promise<boolean> {
    const files: string[] = await readdir(this.folder).catch(() => []);
    return files.includes(nameOf(device)) || files.length < MOST_DEVICES;
  }

  #file(device: string): string {
    return join(this.folder, nameOf(device));
  }
}

function nameOf(device: string): string {
  return `${device}.rounds.jsonl`;
}
