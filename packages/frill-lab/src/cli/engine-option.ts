/** `--engine`: what runs a model's file, with one meaning in every command. */
import { z } from 'zod';
import { ENGINES } from '../models/engines.js';

/** Of commands that run many windows through a model, and need no more than its values. */
export const engineForValues = z
  .enum(ENGINES)
  .default('auto')
  .describe(
    'what runs models; auto: onnxruntime where it gives the same values, which is faster, else as device; device: what an app would run',
  );

/** Of commands that measure what an app would wait for. */
export const engineForLatency = z
  .enum(ENGINES)
  .default('device')
  .describe("what runs models; device: Frill's engine, or LiteRT.js for what that cannot run");
