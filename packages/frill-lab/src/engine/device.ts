/** Where a network computes, by the names that commands and records have for it. */
export const DEVICES = ['cpu', 'gpu'] as const;
export type Device = (typeof DEVICES)[number];
