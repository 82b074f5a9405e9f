import type { Tallystick } from '../tallystick.ts';

/** What `POST /decisions` is asked. */
export interface DecisionInput {
  api_key: string;
  /** Under which an allowed decision is made once. */
  request_id: string;
  endpoint?: string;
  cost?: number;
}

/** One attempt within the deadline, because a request is waiting. Resolves where it is allowed; see Tallystick. */
export async function askDecision(
  client: Tallystick,
  input: DecisionInput,
  deadline_ms: number,
): Promise<void> {
  const options = { retries: 0, timeout_ms: deadline_ms, deadline_ms };
  // biome-ignore lint/complexity/useLiteralKeys: the operation has no method of its own yet, and `call` is protected.
  await client['call']('POST', '/api/v1/monetization/decisions', input, options);
}
