/**
 * Adam (Kingma & Ba, ICLR 2015) over all parameters in one pass, with Keras' place of epsilon:
 *
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) g^2
 *     p = p - rate m / (sqrt(v) + epsilon)
 *
 * where `rate` is the learning rate times sqrt(1 - beta2^t) / (1 - beta1^t). Sixteen parameters, a cache line, at a time;
 * `count` is a multiple of 16. Constants come as float64 because 1 - beta2 loses five digits in float32. The pass is
 * bound by memory: 28 bytes move for each parameter.
 * AssemblyScript; pointers are byte offsets into the imported memory.
 */
export function adam(
  count: usize,
  parameters: usize,
  gradients: usize,
  firstMoments: usize,
  secondMoments: usize,
  rate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
): void {
  const keep1 = f32x4.splat(f32(beta1));
  const add1 = f32x4.splat(f32(1 - beta1));
  const keep2 = f32x4.splat(f32(beta2));
  const add2 = f32x4.splat(f32(1 - beta2));
  const step = f32x4.splat(f32(rate));
  const guard = f32x4.splat(f32(epsilon));
  const end = parameters + (count << 2);
  while (parameters < end) {
    four(parameters, gradients, firstMoments, secondMoments, 0, keep1, add1, keep2, add2, step, guard);
    four(parameters, gradients, firstMoments, secondMoments, 16, keep1, add1, keep2, add2, step, guard);
    four(parameters, gradients, firstMoments, secondMoments, 32, keep1, add1, keep2, add2, step, guard);
    four(parameters, gradients, firstMoments, secondMoments, 48, keep1, add1, keep2, add2, step, guard);
    parameters += 64;
    gradients += 64;
    firstMoments += 64;
    secondMoments += 64;
  }
}

/** Four parameters, `offset` bytes on. */
function four(
  parameters: usize,
  gradients: usize,
  firstMoments: usize,
  secondMoments: usize,
  offset: usize,
  keep1: v128,
  add1: v128,
  keep2: v128,
  add2: v128,
  step: v128,
  guard: v128,
): void {
  const gradient = v128.load(gradients + offset);
  const first = f32x4.add(f32x4.mul(v128.load(firstMoments + offset), keep1), f32x4.mul(gradient, add1));
  const second = f32x4.add(
    f32x4.mul(v128.load(secondMoments + offset), keep2),
    f32x4.mul(f32x4.mul(gradient, gradient), add2),
  );
  v128.store(firstMoments + offset, first);
  v128.store(secondMoments + offset, second);
  const move = f32x4.div(f32x4.mul(first, step), f32x4.add(f32x4.sqrt(second), guard));
  v128.store(parameters + offset, f32x4.sub(v128.load(parameters + offset), move));
}
