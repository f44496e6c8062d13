/**
 * Weighted cross-entropy of softmax probabilities, and its derivatives by the logits. Class after class: logits, probabilities
 * and what derives from them are [classes, clips], so that a class' weights are one row in every product.
 */
export class SoftmaxLoss {
  readonly classes: number;
  readonly clips: number;
  readonly #labels: ArrayLike<number>;
  /** What each clip's cross-entropy counts. */
  readonly clipWeights: Float64Array;
  /** Work space: one value a clip. */
  readonly #largest: Float64Array;
  readonly #sum: Float64Array;

  constructor(labels: ArrayLike<number>, clipWeights: Float64Array, classes: number) {
    this.#labels = labels;
    this.clipWeights = clipWeights;
    this.classes = classes;
    this.clips = clipWeights.length;
    this.#largest = new Float64Array(this.clips);
    this.#sum = new Float64Array(this.clips);
  }

  /** The loss at `logits + step * change`, whose probabilities are left in `probabilities`. */
  evaluate(logits: Float64Array, change: Float64Array, step: number, probabilities: Float64Array): number {
    const { clips, clipWeights } = this;
    const [labels, largest, sum] = [this.#labels, this.#largest, this.#sum];
    largest.fill(Number.NEGATIVE_INFINITY);
    sum.fill(0);
    for (let start = 0; start < logits.length; start += clips)
      for (let clip = 0, i = start; clip < clips; clip++, i++) {
        const logit = logits[i] + step * change[i];
        probabilities[i] = logit;
        if (logit > largest[clip]) largest[clip] = logit;
      }
    let loss = 0;
    for (let clip = 0; clip < clips; clip++)
      loss -= clipWeights[clip] * (probabilities[labels[clip] * clips + clip] - largest[clip]);
    for (let start = 0; start < logits.length; start += clips)
      for (let clip = 0, i = start; clip < clips; clip++, i++)
        sum[clip] += probabilities[i] = Math.exp(probabilities[i] - largest[clip]);
    for (let clip = 0; clip < clips; clip++) {
      loss += clipWeights[clip] * Math.log(sum[clip]);
      sum[clip] = 1 / sum[clip];
    }
    for (let start = 0; start < logits.length; start += clips)
      for (let clip = 0, i = start; clip < clips; clip++, i++) probabilities[i] *= sum[clip];
    return loss;
  }

  /** The loss' gradient by the logits, into `residual`. */
  gradient(probabilities: Float64Array, residual: Float64Array): void {
    const { clips, classes, clipWeights } = this;
    for (let label = 0, i = 0; label < classes; label++)
      for (let clip = 0; clip < clips; clip++, i++)
        residual[i] = clipWeights[clip] * (probabilities[i] - (this.#labels[clip] === label ? 1 : 0));
  }

  /** The Hessian by the logits times `change`, into `into`, less `shift[clip]` times the change. */
  curvature(
    probabilities: Float64Array,
    change: Float64Array,
    shift: Float64Array,
    into: Float64Array,
  ): void {
    const { clips, clipWeights } = this;
    const mean = this.#sum.fill(0);
    for (let start = 0; start < change.length; start += clips)
      for (let clip = 0, i = start; clip < clips; clip++, i++) mean[clip] += probabilities[i] * change[i];
    for (let start = 0; start < change.length; start += clips)
      for (let clip = 0, i = start; clip < clips; clip++, i++)
        into[i] = clipWeights[clip] * probabilities[i] * (change[i] - mean[clip]) - shift[clip] * change[i];
  }

  /** The Hessian by a clip's logits, averaged over its diagonal: weight * mean of p (1 - p). */
  meanCurvature(probabilities: Float64Array): Float64Array {
    const { clips, classes, clipWeights } = this;
    const mean = new Float64Array(clips);
    for (let start = 0; start < probabilities.length; start += clips)
      for (let clip = 0, i = start; clip < clips; clip++, i++)
        mean[clip] += (clipWeights[clip] / classes) * probabilities[i] * (1 - probabilities[i]);
    return mean;
  }
}
