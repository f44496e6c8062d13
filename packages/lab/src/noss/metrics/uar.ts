/**
 * Unweighted average recall, the measure of the ComParE challenges (masked speech). It is balanced accuracy under its
 * name in paralinguistics.
 */
export { balancedAccuracy as unweightedAverageRecall } from './balanced-accuracy.js';
