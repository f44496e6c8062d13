/**
 * Keeps the screen on while the device is measured: by the Screen Wake Lock API where the browser trusts the address (https,
 * localhost), else by a small film without a picture, which browsers take for a reason not to sleep.
 */
import film from './awake.mp4?inline';

export interface Awake {
  readonly by: 'wake lock' | 'film' | 'nothing';
  release(): void;
}

/** Call it from a press: browsers play films only then. */
export async function keepAwake(): Promise<Awake> {
  const lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
  if (lock) return { by: 'wake lock', release: () => void lock.release() };
  const video = document.createElement('video');
  video.src = film;
  video.loop = true;
  video.playsInline = true;
  video.className = 'awake';
  video.setAttribute('aria-hidden', 'true');
  document.body.append(video);
  const isPlaying = await video.play().then(
    () => true,
    () => false,
  );
  if (!isPlaying) video.remove();
  return { by: isPlaying ? 'film' : 'nothing', release: () => video.remove() };
}
