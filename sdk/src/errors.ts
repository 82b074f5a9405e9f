import type { ErrorCode } from './api-types.generated.ts';

/** Codes of the client itself, where no problem document came. */
export type ClientErrorCode =
  /** The connection failed or broke off. */
  | 'connection_failed'
  /** No answer came within timeout_ms. */
  | 'timed_out'
  /** Something answered that is not Tallystick, a proxy for example. */
  | 'answer_unreadable';

/** A field that was refused. */
export interface FieldError {
  in?: 'body' | 'query' | 'path' | 'header';
  /** A JSON pointer, such as /tokens_used. */
  pointer: string;
  detail: string;
}

/** What an error is made of: as much of a problem document (RFC 9457) as came. */
export interface ErrorParts {
  /** Those of this version by name; a newer server may have more. */
  code: ErrorCode | ClientErrorCode | (string & {});
  detail: string;
  /** The HTTP status; undefined where no answer came. */
  status?: number | undefined;
  title?: string | undefined;
  /** The page that explains the code. */
  type?: string | undefined;
  errors?: readonly FieldError[] | undefined;
  /** By which the server's log knows the request. */
  request_id?: string | undefined;
  retry_after_seconds?: number | undefined;
  /** All members of the document, those of single codes too: refundable_cents, for example. */
  problem?: Readonly<Record<string, unknown>> | undefined;
}

/** Anything that went wrong with a call, after the attempts that were worth making. Branch on `code`. */
export class TallystickError extends Error {
  readonly code: ErrorParts['code'];
  readonly detail: string;
  readonly status: number | undefined;
  readonly title: string | undefined;
  readonly type: string | undefined;
  readonly errors: readonly FieldError[];
  readonly request_id: string | undefined;
  readonly retry_after_seconds: number | undefined;
  readonly problem: Readonly<Record<string, unknown>>;
  /** How many attempts were made. */
  attempts = 1;
  /** The key that all attempts of a write had. Repeating the call under it later cannot do it twice. */
  idempotency_key: string | undefined;

  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(`${parts.code}: ${parts.detail}`, options);
    this.name = new.target.name;
    this.code = parts.code;
    this.detail = parts.detail;
    this.status = parts.status;
    this.title = parts.title;
    this.type = parts.type;
    this.errors = parts.errors ?? [];
    this.request_id = parts.request_id;
    this.retry_after_seconds = parts.retry_after_seconds;
    this.problem = parts.problem ?? {};
  }
}

/** The tenant has too few tokens; nothing was taken. Waiting does not help, buying does. */
export class InsufficientTokensError extends TallystickError {
  get tokens_required(): number {
    return Number(this.problem.tokens_required);
  }
  get tokens_remaining(): number {
    return Number(this.problem.tokens_remaining);
  }
  /** Where tokens are bought. */
  get top_up_url(): string | undefined {
    return this.problem.top_up_url === undefined ? undefined : String(this.problem.top_up_url);
  }
}

/** A rate limit (429) that was still in force after the last attempt; see retry_after_seconds. */
export class LimitedError extends TallystickError {}

/** No attempt got an answer. A write may have taken effect: repeat it under its idempotency_key to find out. */
export class NoAnswerError extends TallystickError {}

/** The error of an answer that is no success. */
export function errorOfAnswer(response: Response, text: string): TallystickError {
  const problem = problemIn(text);
  const seconds = response.headers.get('retry-after') ?? '';
  const parts: ErrorParts = {
    ...(problem as Partial<ErrorParts> | undefined),
    code: typeof problem?.code === 'string' ? problem.code : 'answer_unreadable',
    detail:
      typeof problem?.detail === 'string'
        ? problem.detail
        : `HTTP ${response.status} without a problem document`,
    status: response.status,
    errors: Array.isArray(problem?.errors) ? problem.errors : [],
    request_id: response.headers.get('x-request-id') ?? undefined,
    // A date, which the standard allows as well, would ask for two clocks that agree.
    retry_after_seconds: /^\d{1,9}$/.test(seconds) ? Number(seconds) : undefined,
    problem,
  };
  if (parts.code === 'tokens_insufficient') return new InsufficientTokensError(parts);
  return response.status === 429 ? new LimitedError(parts) : new TallystickError(parts);
}

function problemIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
