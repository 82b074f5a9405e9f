/**
 * The form of a request key, request_id or transaction_id: 1 to 255 characters (code points), none of
 * Unicode category C. That leaves out NUL, line breaks, invisible marks and lone surrogates.
 */
export const requestKeyPattern = /^[^\p{C}]{1,255}$/u;

/** Whether `key` may stand in request_keys. */
export function isRequestKey(key: string): boolean {
  return requestKeyPattern.test(key);
}

/** How long the answer to a request with an Idempotency-Key is kept: 24 hours, in milliseconds. */
export const httpKeyLifetimeMs = 24 * 60 * 60 * 1000;
