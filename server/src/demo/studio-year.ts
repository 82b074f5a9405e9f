import type { DueItem } from '../due-work/index.ts';
import { Agenda } from './agenda.ts';
import {
  DAY_MS,
  drawJob,
  drawTime,
  expectedJobs,
  type Habits,
  HOUR_MS,
  joinedAt,
  midnightBefore,
} from './habits.ts';
import { SeededNumbers } from './seeded-numbers.ts';
import type { StudioBilling } from './studio-billing.ts';
import type { Labels, StudioBook } from './studio-book.ts';
import { type StudioCall, StudioCalls } from './studio-calls.ts';
import type { StudioSchedule } from './studio-schedule.ts';
import type { StudioServices } from './studio-services.ts';
import type { Studio } from './studios.ts';

/** Tokens that the operator gives to many at once: when, how many, and for how many days. */
const CAMPAIGNS = [
  { days_ago: 290, tokens: 20_000, lasts_days: 30, reason: 'creator week' },
  { days_ago: 185, tokens: 40_000, lasts_days: 21, reason: 'transcripts on us' },
  { days_ago: 95, tokens: 25_000, lasts_days: 30, reason: 'thank you for two million episodes' },
  { days_ago: 11, tokens: 30_000, lasts_days: 45, reason: 'new season campaign' },
] as const;

/** Campaign tokens burn before bought ones, so that they are not lost. */
const CAMPAIGN_PRIORITY = 50;
const CAMPAIGN_HOUR = 10;
const WELCOME_TOKENS = 25_000;
/** How long a bank takes, in days. */
const WIRE_DAYS = [5, 24] as const;

/** Due work that gives, takes or sells tokens. */
const MOVES_TOKENS: readonly DueItem['kind'][] = [
  'token_hold',
  'token_grant_expiry',
  'subscription_cycle',
  'invoice_payment',
];

/** What a studio's year is written with. */
export interface StudioParts {
  services: StudioServices;
  schedule: StudioSchedule;
  book: StudioBook;
  billing: StudioBilling;
}

/** One studio's year: what it buys, is given, uses and holds, day by day up to, and without, `until`. */
export class StudioYear {
  readonly studio: Studio;
  readonly book: StudioBook;
  readonly billing: StudioBilling;
  readonly numbers: SeededNumbers;
  readonly #services: StudioServices;
  readonly #schedule: StudioSchedule;
  readonly #wires: SeededNumbers;
  readonly #agenda = new Agenda();
  /** Calls of the day that are not recorded yet, in the order of time. */
  #unrecorded: StudioCall[] = [];
  readonly until: number;
  readonly habits: Habits;
  readonly calls: StudioCalls;
  /** From then on it buys no more, in milliseconds. */
  stops_buying_at = Number.POSITIVE_INFINITY;
  /** From then on it does nothing any more. */
  stops_working_at = Number.POSITIVE_INFINITY;
  #requests = 0;
  #purchases = 0;

  constructor(studio: Studio, parts: StudioParts, numbers: SeededNumbers, habits: Habits, until: Date) {
    this.studio = studio;
    this.book = parts.book;
    this.billing = parts.billing;
    this.#services = parts.services;
    this.#schedule = parts.schedule;
    this.numbers = numbers;
    this.habits = habits;
    this.until = until.getTime();
    // Numbers of their own, as for ids: what the studio does does not depend on how it is called.
    this.#wires = new SeededNumbers(`${studio.slug}/wires`);
    this.calls = new StudioCalls(studio, new SeededNumbers(`${studio.slug}/calls`), habits, this.until);
  }

  /** Lives the whole year. */
  async live(): Promise<void> {
    const joined_at = joinedAt(this.habits, new Date(this.until)).getTime();
    this.enter(joined_at, async () => {
      await this.book.give(WELCOME_TOKENS, 'welcome');
    });
    this.#enterCampaigns(joined_at);
    for (let day = midnightBefore(joined_at); day < this.until; day += DAY_MS) {
      const jobs = this.numbers.count(expectedJobs(this.habits, day, this.until));
      for (let job = 0; job < jobs; job += 1) {
        const at = drawTime(this.studio, day, this.numbers);
        if (at > joined_at) this.enter(at, () => this.#work());
      }
      this.#unrecorded = this.calls.of(day).sort((a, b) => a.occurred_at.getTime() - b.occurred_at.getTime());
      await this.#liveUntil(Math.min(day + DAY_MS, this.until));
    }
  }

  /** Does what is on the agenda and what falls due, in the order of time and the latter first, up to a time. */
  async #liveUntil(end: number): Promise<void> {
    for (;;) {
      const due = await this.#schedule.next();
      const due_at = due?.next_due_at.getTime() ?? Number.POSITIVE_INFINITY;
      if (Math.min(due_at, this.#agenda.next_at) >= end) break;
      if (due === undefined || due_at > this.#agenda.next_at) await this.#agenda.runNext();
      else await this.#fallDue(due);
    }
    this.#services.moveTo(new Date(end));
    await this.#recordCalls();
  }

  async #fallDue(due: DueItem): Promise<void> {
    this.#services.moveTo(due.next_due_at);
    await this.#recordCalls();
    await this.#schedule.run(due);
    if (MOVES_TOKENS.includes(due.kind)) await this.book.refresh();
    if (due.kind === 'invoice_payment' && this.habits.by_wire) this.#enterWire(due.ref_id);
  }

  /** Its bank pays an invoice some days later. */
  #enterWire(invoice_id: string): void {
    const days = this.#wires.between(...WIRE_DAYS);
    const external_id = `bank-${this.studio.slug}-${invoice_id.slice(-12)}`;
    this.enter(this.now.getTime() + days * DAY_MS, () => this.billing.payElsewhere(invoice_id, external_id));
  }

  /** Records the day's calls up to now: in the billing period in which they were made. */
  async #recordCalls(): Promise<void> {
    const now = this.now.getTime();
    const later = this.#unrecorded.findIndex(({ occurred_at }) => occurred_at.getTime() >= now);
    const past = this.#unrecorded.splice(0, later < 0 ? this.#unrecorded.length : later);
    await this.book.recordCalls(past);
  }

  get now(): Date {
    return this.#services.now;
  }

  /** Enters work for a time; whatever it writes happens then. */
  enter(at: number, work: () => Promise<void>): void {
    this.#agenda.enter(at, (now) => {
      this.#services.moveTo(now);
      return work();
    });
  }

  /** Enters work that changes billing periods: what was called before it belongs to the present one. */
  enterBilling(at: number, work: () => Promise<void>): void {
    this.enter(at, async () => {
      await this.#recordCalls();
      await work();
      await this.book.refresh();
    });
  }

  /** Buys one pack as the studio does, or so many tokens; answers the purchase. */
  buy(tokens = this.habits.pack): Promise<string> {
    this.#purchases += 1;
    const wire = `wire-${this.studio.slug}-${String(this.#purchases).padStart(3, '0')}`;
    return this.book.buy(tokens, this.habits.by_wire ? wire : undefined);
  }

  /** Gives tokens that expire. */
  async giveFor(days: number, tokens: number, reason: string, priority: number): Promise<void> {
    const expires_at = new Date(this.now.getTime() + days * DAY_MS);
    await this.book.give(tokens, reason, { expires_at, priority });
  }

  /** Holds tokens for a job; answers the hold's id. */
  hold(tokens: number, feature_type: string): Promise<string> {
    return this.book.hold(tokens, { feature_type, request_id: this.#nextRequest() });
  }

  #nextRequest(): string {
    this.#requests += 1;
    return `${this.studio.slug}-${String(this.#requests).padStart(5, '0')}`;
  }

  /** Sees to it that so many tokens are there, if the studio buys any; answers how many of them are. */
  async provide(tokens: number): Promise<number> {
    const { pack } = this.habits;
    const buys = pack > 0 && this.now.getTime() < this.stops_buying_at;
    if (buys && this.book.remaining < Math.max(tokens, pack * 0.08)) {
      await this.buy(Math.ceil(tokens / pack) * pack * (this.numbers.chance(0.15) ? 2 : 1));
    }
    return Math.min(tokens, this.book.remaining);
  }

  #enterCampaigns(joined_at: number): void {
    for (const { days_ago, tokens, lasts_days, reason } of CAMPAIGNS) {
      const at = midnightBefore(this.until) - days_ago * DAY_MS + CAMPAIGN_HOUR * HOUR_MS;
      const takes_part = this.numbers.chance(0.45);
      if (takes_part && at > joined_at) {
        this.enter(at, () => this.giveFor(lasts_days, tokens, reason, CAMPAIGN_PRIORITY));
      }
    }
  }

  async #work(): Promise<void> {
    const job = drawJob(this.studio, this.numbers);
    if (this.now.getTime() >= this.stops_working_at) return;
    const tokens = await this.provide(job.tokens);
    if (tokens === 0) return;
    const how = this.numbers.fraction();
    if (how < 0.05) return this.#workUnderHold(tokens, job.feature_type);
    await this.book.use(tokens, this.#labels(job.feature_type));
  }

  /** Holds an estimate first, and settles within minutes what it really was; one in five is called off. */
  async #workUnderHold(tokens: number, feature_type: string): Promise<void> {
    const hold_id = await this.hold(tokens, feature_type);
    const end = this.now.getTime() + this.numbers.between(5, 600) * 1000;
    const called_off = this.numbers.chance(0.2);
    const used = Math.max(1, Math.floor(tokens * (0.6 + 0.4 * this.numbers.fraction())));
    if (end >= this.until) return this.book.release(hold_id);
    this.enter(end, () => (called_off ? this.book.release(hold_id) : this.book.settle(hold_id, used)));
  }

  #labels(feature_type: string): Labels {
    const { people, shows } = this.habits;
    const labels: Labels = { feature_type, user_id: this.numbers.pick(people) };
    if (this.numbers.chance(0.2)) labels.request_id = this.#nextRequest();
    if (this.numbers.chance(0.6)) {
      labels.metadata = { show: this.numbers.pick(shows), episode: this.numbers.between(1, 180) };
    }
    return labels;
  }
}
