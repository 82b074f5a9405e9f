import { describe, expect, test } from 'vitest';
import { errorOfAnswer, NoAnswerError, TallystickError } from './errors.ts';
import { pauseBeforeRetry } from './retry.ts';

/** The error of an answer as the server would give it. */
function refusal(status: number, code: string, retry_after?: string): TallystickError {
  const headers = new Headers(retry_after === undefined ? {} : { 'retry-after': retry_after });
  return errorOfAnswer(new Response(null, { status, headers }), JSON.stringify({ code, detail: 'because' }));
}

const latest = () => 1;

describe('what is tried again', () => {
  test.each([
    ['a failed connection', new NoAnswerError({ code: 'connection_failed', detail: '' })],
    ['a timeout', new NoAnswerError({ code: 'timed_out', detail: '' })],
    ['a twin under way', refusal(409, 'request_in_flight')],
    ['a rate limit', refusal(429, 'limited')],
    ['an error of the server', refusal(500, 'internal_error')],
    ['a gateway without its server', errorOfAnswer(new Response(null, { status: 502 }), '<html>')],
    ['no decision', refusal(503, 'database_unavailable')],
  ])('%s', (_case, error) => {
    expect(pauseBeforeRetry(error, 1, latest)).toBe(200);
  });

  test.each([
    ['a refused body', refusal(422, 'request_invalid')],
    ['too few tokens', refusal(402, 'tokens_insufficient')],
    ['a key that is not known', refusal(401, 'unauthenticated')],
    ['a conflict', refusal(409, 'slug_taken')],
    [
      'a success that is not JSON',
      new TallystickError({ code: 'answer_unreadable', detail: '', status: 200 }),
    ],
    ['an abort', new DOMException('', 'AbortError')],
  ])('and not: %s', (_case, error) => {
    expect(pauseBeforeRetry(error, 1, latest)).toBeUndefined();
  });
});

describe('the pause', () => {
  const error = refusal(503, 'database_unavailable');

  test('doubles up to a bound, and is anything between nothing and that', () => {
    expect([1, 2, 3, 4, 5, 6, 99].map((attempt) => pauseBeforeRetry(error, attempt, latest))).toEqual([
      200, 400, 800, 1600, 3200, 5000, 5000,
    ]);
    expect(pauseBeforeRetry(error, 3, () => 0)).toBe(0);
    expect(pauseBeforeRetry(error, 3, () => 0.5)).toBe(400);
  });

  test('begins after Retry-After', () => {
    expect(pauseBeforeRetry(refusal(429, 'limited', '7'), 1, () => 0.5)).toBe(7100);
    expect(pauseBeforeRetry(refusal(429, 'limited', 'Wed, 21 Oct 2026 07:28:00 GMT'), 1, () => 0.5)).toBe(
      100,
    );
  });
});
