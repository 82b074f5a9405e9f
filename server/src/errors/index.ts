export type { ErrorEntry } from './error-entry.ts';
export { type ErrorCode, errorEntry, errorRegistry } from './registry.ts';
export { type ErrorOptions, type FieldError, fail, TallystickError } from './tallystick-error.ts';
