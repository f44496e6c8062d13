/** `--engine` and `--device`: what runs a model's file, and where, with one meaning in every command. */
import { z } from 'zod';
import { DEVICES } from '../engine/device.js';
import { ENGINES } from '../models/engines.js';

/** `--engine` of commands that run many windows through a model, and need no more than its values. */
export const engineForValues = z
  .enum(ENGINES)
  .default('auto')
  .describe(
    'The runtime. auto: onnxruntime where it gives the same embeddings, which is faster, else as device. device: what an app would run, which is the engine of Frill or, for models that it cannot run, LiteRT.js.',
  );

/** `--engine` of commands that measure what an app would wait for. */
export const engineForLatency = z
  .enum(ENGINES)
  .default('device')
  .describe("The runtime. device: Frill's engine or, for models that it cannot run, LiteRT.js.");

/** `--device` of commands that train, or run many windows through a model. */
export const deviceForValues = z
  .enum(DEVICES)
  .default('cpu')
  .describe(
    'What computes. gpu: a GPU that onnxruntime finds (CUDA or WebGPU). What it computes is checked before it is used.',
  );
