export type * from './api-types.generated.ts';
export {
  type ClientErrorCode,
  type FieldError,
  InsufficientTokensError,
  LimitedError,
  NoAnswerError,
  TallystickError,
} from './errors.ts';
export type { CallOptions, TallystickOptions, Timing } from './options.ts';
export { type Page, paginate } from './paginate.ts';
export { Tallystick } from './tallystick.ts';
export { type HeldTokens, HoldNotEndedError, type HoldResult, withHold } from './with-hold.ts';
