/** The sounds that come with the page, for those who have no microphone at hand. */

import { readFile } from './files.js';
import type { Source } from './listening.js';

export const SOUNDS = ['kettle', 'knocking', 'rain', 'bird', 'bell'] as const;

/** Fetched from beside the page when it is asked for. Throws where it cannot be had. */
export async function readSound(name: (typeof SOUNDS)[number]): Promise<Source> {
  const response = await fetch(new URL(`sounds/${name}.opus`, document.baseURI));
  if (!response.ok)
    throw new Error(`The sound of the ${name} cannot be fetched (status ${response.status}).`);
  return { ...(await readFile(new File([await response.blob()], `${name}.opus`))), name };
}
