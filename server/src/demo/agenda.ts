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

  /** Does everything up to, and without, a time in milliseconds. */
  async runUntil(until: number): Promise<void> {
    for (;;) {
      const next = this.#appointments[0];
      if (next === undefined || next.at >= until) return;
      this.#appointments.shift();
      await next.work(new Date(next.at));
    }
  }
}
