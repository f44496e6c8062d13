/** The smallest released model's .tflite file in base64. */
export declare const INLINE: string;
