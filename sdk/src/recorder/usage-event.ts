/** One finished API call, as `POST /api-usage/events` takes it. */
export interface UsageEvent {
  /** Names the call for ever: however often it is delivered, it counts once. 1-255 characters. */
  id: string;
  /** The route's pattern, such as `/episodes/:id`, not the address that was called. */
  endpoint: string;
  method: string;
  status_code: number;
  response_time_ms: number;
  /** When it finished: RFC 3339 in UTC. */
  occurred_at: string;
  api_key_id?: string;
  /** Whose call it was, where the recorder's key may record for others. */
  tenant_id?: string;
  metadata?: Record<string, unknown>;
}

/** What became of the events of one delivery. All that are not rejected are kept for ever. */
export interface Delivered {
  accepted: number;
  /** Those that had been delivered before. */
  duplicates: number;
  /** By their place in the delivery, and why. They are not delivered again. */
  rejected: { index: number; code: string; detail: string }[];
}
