/** A machine that helps with a study, as it is seen from outside. */
import { z } from 'zod';

/** What a machine tells of itself every few seconds. */
export const machineSchema = z.object({
  /** Its name and process. */
  machine: z.string(),
  version: z.string(),
  at: z.string(),
  workers: z.int(),
  running: z.record(z.string(), z.object({ fraction: z.number(), note: z.string() })),
});

export type MachineRecord = z.infer<typeof machineSchema>;
