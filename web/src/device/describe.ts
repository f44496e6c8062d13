/** What this device says of itself: little, by the design of browsers; so its owner is asked for its name. */
import Bowser from 'bowser';
import type { DeviceDescription } from '../../../packages/frill-lab/src/bench/device.js';
import type { ServedTask } from '../../../packages/frill-lab/src/bench/served/task.js';

/** A name to begin with; empty where the browser keeps the model to itself. */
export function guessName(agent = navigator.userAgent): string {
  const { platform } = Bowser.parse(agent);
  // Chrome calls every phone "K".
  return platform.model && platform.model.length > 1
    ? [platform.vendor, platform.model].filter(Boolean).join(' ')
    : '';
}

export function describeBrowser(
  name: string,
  task: ServedTask,
  {
    userAgent,
    hardwareConcurrency,
    ...more
  }: Pick<Navigator, 'userAgent' | 'hardwareConcurrency'> = navigator,
): DeviceDescription {
  const { browser, os, platform } = Bowser.parse(userAgent);
  const deviceMemory: unknown = Reflect.get('deviceMemory' in more ? more : navigator, 'deviceMemory');
  return {
    name: name.trim() || undefined,
    processor: graphics() ?? platform.type ?? 'unknown',
    cores: hardwareConcurrency,
    ...(typeof deviceMemory === 'number' ? { memoryGiB: deviceMemory } : {}),
    system: [os.name, os.version].filter(Boolean).join(' ') || 'unknown',
    host: [browser.name, browser.version?.split('.')[0]].filter(Boolean).join(' ') || 'a browser',
    runtimes: task.litert === undefined ? {} : { '@litertjs/core': task.litert },
  };
}

/** The graphics unit names the chip when nothing else does: "Adreno (TM) 740", "Apple GPU". Undefined where a program draws. */
function graphics(): string | undefined {
  const context = document.createElement('canvas').getContext('webgl');
  const info = context?.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = info && context?.getParameter(info.UNMASKED_RENDERER_WEBGL);
  if (typeof name !== 'string' || name === '' || name.includes('SwiftShader')) return undefined;
  // "ANGLE (Qualcomm, Adreno (TM) 740, OpenGL ES 3.2)"
  return /^ANGLE \([^,]*, (.*), [^,]*\)$/.exec(name)?.[1] ?? name;
}
