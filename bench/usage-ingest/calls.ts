import { randomBytes } from 'node:crypto';
import type { BatchRow } from '../../server/src/api-usage/index.ts';

/** Calls are of the last minutes, as those that a host reports are. */
const MINUTES = 5;
const ENDPOINTS = 20;

/** Makes calls with ids of the form that the recorder of the SDK gives them. */
export function callMaker(): () => BatchRow['event'] {
  const prefix = randomBytes(16).toString('hex');
  let made = 0;
  return () => {
    made += 1;
    return {
      source: 'tallystick',
      id: `${prefix}-${made.toString(36)}`,
      endpoint: `/episodes/:episode_id/${made % ENDPOINTS}`,
      method: 'GET',
      status_code: made % 25 === 0 ? 404 : 200,
      response_time_ms: Math.round(Math.random() * 100_000) / 1000,
      occurred_at: new Date(Date.now() - Math.floor(Math.random() * MINUTES * 60_000)),
      counted: true,
    };
  };
}
