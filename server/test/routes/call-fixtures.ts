import { expect } from 'vitest';
import { freshId, type Studio } from './token-fixtures.ts';

/** An event as a host would send it; `more` replaces its fields. */
export function callEvent(more: object = {}): Record<string, unknown> {
  return {
    id: freshId('call'),
    endpoint: '/episodes/:episode_id',
    method: 'GET',
    status_code: 200,
    response_time_ms: 20,
    ...more,
  };
}

/** So many events, each with an id of its own. */
export function callEvents(count: number, more: object = {}): Record<string, unknown>[] {
  return Array.from({ length: count }, () => callEvent(more));
}

/** Sends events with the studio's key and answers what became of them. */
export async function sendCalls(
  studio: Studio,
  events: readonly unknown[],
): Promise<{
  accepted: number;
  duplicates: number;
  rejected: { index: number; code: string; detail: string }[];
}> {
  const answer = await studio.call('POST /api-usage/events', events as object);
  expect(answer.statusCode, answer.body).toBe(202);
  return answer.json();
}

/** The studio's summary, as the operator reads it: that call is not counted itself. */
export async function summaryOf(
  studio: Studio,
  query = '',
): Promise<Record<string, never> & { groups: object[] }> {
  const answer = await studio.operate(`GET /api-usage/summary${query}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
