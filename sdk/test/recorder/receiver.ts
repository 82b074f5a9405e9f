import type { Delivered } from '@tallystick/sdk/recorder';

/** An event as far as a receiver looks at it. */
export interface Received {
  id: string;
  [field: string]: unknown;
}

/** What keeps every event once, as the contract asks of the server. */
export class Receiver<Event extends Received = Received> {
  readonly kept = new Map<string, Event>();
  /** Why an event is rejected by itself; undefined where it is not. */
  reasonToReject: (event: Event) => string | undefined = () => undefined;

  receive(events: readonly Event[]): Delivered {
    const answer: Delivered = { accepted: 0, duplicates: 0, rejected: [] };
    for (const [index, event] of events.entries()) {
      const detail = this.reasonToReject(event);
      if (detail !== undefined) answer.rejected.push({ index, code: 'event_invalid', detail });
      else if (this.kept.has(event.id)) answer.duplicates += 1;
      else {
        this.kept.set(event.id, event);
        answer.accepted += 1;
      }
    }
    return answer;
  }
}
