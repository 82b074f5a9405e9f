interface Appointment {
  at: number;
  work(at: Date): Promise<void>;
}

/** What is to happen, in the order of time; of two things at one time the one that was entered first. */
export class Agenda {
  readonly #appointments: Appointment[] = [];

  /** Enters work for a time in milliseconds. Work may enter more, also for its own time. */
  enter(at: number, work: (at: Date) => Promise<void>): void {
    const later = this.#appointments.findIndex((appointment) => appointment.at > at);
    this.#appointments.splice(later < 0 ? this.#appointments.length : later, 0, { at, work });
  }

  /** When the next thing is to happen, in milliseconds; Infinity for never. */
  get next_at(): number {
    return this.#appointments[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Does the next thing. */
  async runNext(): Promise<void> {
    const next = this.#appointments.shift();
    await next?.work(new Date(next.at));
  }
}
