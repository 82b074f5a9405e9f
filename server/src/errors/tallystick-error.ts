import { type ErrorCode, errorEntry } from './registry.ts';

/** One refused field: where it is, a JSON pointer such as /tokens, and what is wrong there. */
export interface FieldError {
  /** The body where it is left out. */
  in?: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  detail: string;
}

/** What an error may carry beyond its code and detail. */
export interface ErrorOptions {
  /** Further members of the problem document, for example tokens_required. They are public. */
  extra?: Record<string, unknown>;
  errors?: readonly FieldError[];
  /** What caused it; goes to the log, never to the client. */
  cause?: unknown;
}

/**
 * A refusal that the caller is meant to see. Domains throw it; HTTP renders it as problem+json with
 * the status of the registry. `detail` is public: it never holds a secret or another tenant's data.
 */
export class TallystickError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly extra: Record<string, unknown> | undefined;
  readonly errors: readonly FieldError[] | undefined;

  constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TallystickError';
    this.code = code;
    this.detail = detail;
    this.extra = options.extra;
    this.errors = options.errors;
  }

  /** The HTTP status of the code, for callers that branch on its class. */
  get status(): number {
    return errorEntry(this.code).status;
  }
}

/**
 * Throws a TallystickError; its type `never` lets it stand as an expression.
 * `extra` are further public members of the problem document.
 */
export function fail(code: ErrorCode, detail: string, extra?: Record<string, unknown>): never {
  throw new TallystickError(code, detail, extra === undefined ? {} : { extra });
}
