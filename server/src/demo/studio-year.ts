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
import type { Labels, StudioBook } from './studio-book.ts';
import { StudioCalls } from './studio-calls.ts';
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

/** One studio's year: what it buys, is given, uses and holds, day by day up to, and without, `until`. */
export class StudioYear {
  readonly studio: Studio;
  readonly book: StudioBook;
  readonly numbers: SeededNumbers;
  readonly #agenda = new Agenda();
  readonly until: number;
  readonly habits: Habits;
  readonly calls: StudioCalls;
  /** From then on it buys no more, in milliseconds. */
  stops_buying_at = Number.POSITIVE_INFINITY;
  /** From then on it does nothing any more. */
  stops_working_at = Number.POSITIVE_INFINITY;
  #requests = 0;
  #purchases = 0;

  constructor(studio: Studio, book: StudioBook, numbers: SeededNumbers, habits: Habits, until: Date) {
    this.studio = studio;
    this.book = book;
    this.numbers = numbers;
    this.habits = habits;
    this.until = until.getTime();
    // Numbers of their own, as for ids: what the studio does does not depend on how it is called.
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
      const end = Math.min(day + DAY_MS, this.until);
      await this.#agenda.runUntil(end);
      this.book.moveTo(new Date(end));
      await this.book.recordCalls(this.calls.of(day));
    }
  }

  /** Enters work for a time; whatever it writes happens then. */
  enter(at: number, work: () => Promise<void>): void {
    this.#agenda.enter(at, (now) => {
      this.book.moveTo(now);
      return work();
    });
  }

  /** Buys one pack as the studio does, or so many tokens; answers the purchase. */
  buy(tokens = this.habits.pack): Promise<string> {
    this.#purchases += 1;
    const wire = `wire-${this.studio.slug}-${String(this.#purchases).padStart(3, '0')}`;
    return this.book.buy(tokens, this.habits.by_wire ? wire : undefined);
  }

  /** Gives tokens that expire, and sees to their expiry. */
  async giveFor(days: number, tokens: number, reason: string, priority: number): Promise<void> {
    const expires_at = new Date(this.book.now.getTime() + days * DAY_MS);
    const grant_id = await this.book.give(tokens, reason, { expires_at, priority });
    this.enter(expires_at.getTime(), async () => {
      await this.book.fallDue('token_grant_expiry', grant_id);
    });
  }

  /** Holds tokens for a job; answers the hold's id. */
  hold(tokens: number, feature_type: string): Promise<string> {
    return this.book.hold(tokens, { feature_type, request_id: this.#nextRequest() });
  }

  /** Leaves a hold alone from now on: it falls due at its expiry, and again at the end of its grace. */
  abandon(hold_id: string, expires_at: number): void {
    this.enter(expires_at, async () => {
      const next = await this.book.fallDue('token_hold', hold_id);
      if (next !== undefined) this.abandon(hold_id, next.getTime());
    });
  }

  #nextRequest(): string {
    this.#requests += 1;
    return `${this.studio.slug}-${String(this.#requests).padStart(5, '0')}`;
  }

  /** Sees to it that so many tokens are there, if the studio buys any; answers how many of them are. */
  async provide(tokens: number): Promise<number> {
    const { pack } = this.habits;
    const buys = pack > 0 && this.book.now.getTime() < this.stops_buying_at;
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
    if (this.book.now.getTime() >= this.stops_working_at) return;
    const tokens = await this.provide(job.tokens);
    if (tokens === 0) return;
    const how = this.numbers.fraction();
    if (how < 0.05) return this.#workUnderHold(tokens, job.feature_type);
    await this.book.use(tokens, this.#labels(job.feature_type));
  }

  /** Holds an estimate first, and settles within minutes what it really was; one in five is called off. */
  async #workUnderHold(tokens: number, feature_type: string): Promise<void> {
    const hold_id = await this.hold(tokens, feature_type);
    const end = this.book.now.getTime() + this.numbers.between(5, 600) * 1000;
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
