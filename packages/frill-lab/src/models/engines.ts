/** What can run a model's file, by the names that commands and records have for it. */

export const ENGINES = ['auto', 'device', 'frill', 'litert', 'onnxruntime'] as const;

/**
 * `auto`: onnxruntime where it gives what the device gives. `device`: what an app would run, Frill's engine, or LiteRT.js for files that
 * this cannot run.
 */
export type Engine = (typeof ENGINES)[number];

/** What runs a model. */
export type RunningEngine = Exclude<Engine, 'auto' | 'device'>;

export const ENGINE_TITLES: Readonly<Record<RunningEngine, string>> = {
  frill: "Frill's engine",
  litert: 'LiteRT.js',
  onnxruntime: 'onnxruntime',
};

/** Title of the engine that a record names; one that names none is of the time when there was only LiteRT.js. */
export function engineTitle(engine = 'litert'): string {
  const titles: Readonly<Record<string, string>> = { ...ENGINE_TITLES, tflite: 'TensorFlow Lite' };
  return titles[engine] ?? engine;
}
