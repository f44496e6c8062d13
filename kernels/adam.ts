/**
 * Adam (Kingma & Ba, ICLR 2015) over all parameters in one pass, with Keras' place of epsilon:
 *
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) g^2
 *     p = p - rate m / (sqrt(v) + epsilon)
 *
 * where `rate` is the learning rate times sqrt(1 - beta2^t) / (1 - beta1^t). Four lanes at a time; `count` is a
 * multiple of 4. Constants come as float64 because 1 - beta2 loses five digits in float32. The pass is bound by memory: 28 bytes move for each parameter.
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
  const bytes = count << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const gradient = v128.load(gradients + at);
    const first = f32x4.add(f32x4.mul(v128.load(firstMoments + at), keep1), f32x4.mul(gradient, add1));
    const second = f32x4.add(
      f32x4.mul(v128.load(secondMoments + at), keep2),
      f32x4.mul(f32x4.mul(gradient, gradient), add2),
    );
    v128.store(firstMoments + at, first);
    v128.store(secondMoments + at, second);
    const move = f32x4.div(f32x4.mul(first, step), f32x4.add(f32x4.sqrt(second), guard));
    v128.store(parameters + at, f32x4.sub(v128.load(parameters + at), move));
  }
}
