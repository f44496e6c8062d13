/** The whole public surface of the device package. */
export { AudioError, type ErrorDetails, FrillError, InputError, ModelError } from './errors.js';
