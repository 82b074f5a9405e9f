export { type ErrorCode, type ErrorEntry, errorEntry, errorRegistry } from './registry.ts';
export { type ErrorOptions, type FieldError, fail, TallystickError } from './tallystick-error.ts';
