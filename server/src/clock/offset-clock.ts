import { ROOT_TENANT_ID } from '../id/index.ts';
import type { Clock } from './clock.ts';

/**
 * The clock that runs ahead: a tenant's time is its base plus the tenant's offset, or plus the root's where the tenant
 * has none. Offsets are milliseconds from the table test_clocks; who owns that table loads them here at start and
 * after every advance. A tenant's time never steps back within a process: its offset only grows.
 */
export class OffsetClock implements Clock {
  #base: Clock;
  #offsets = new Map<string, number>();
  #standing = new Map<string, number>();

  /** `base` must itself never step back, as systemClock() does not. */
  constructor(base: Clock) {
    this.#base = base;
  }

  now(tenant_id: string = ROOT_TENANT_ID): Date {
    // Without a test clock, as everywhere but in tests and rehearsals, a time costs no look-up.
    if (this.#offsets.size === 0 && this.#standing.size === 0) return this.#base.now();
    const owner = this.ownerOf(tenant_id);
    const standing = this.#standing.get(owner);
    return new Date(standing ?? this.#base.now().getTime() + (this.#offsets.get(owner) ?? 0));
  }

  /** Whose clock a tenant goes by: its own where it has one, else the root's. */
  ownerOf(tenant_id: string): string {
    const own = this.#offsets.has(tenant_id) || this.#standing.has(tenant_id);
    return own ? tenant_id : ROOT_TENANT_ID;
  }

  /** The tenants that have a clock of their own, without the root. */
  owners(): string[] {
    const owners = new Set([...this.#offsets.keys(), ...this.#standing.keys()]);
    owners.delete(ROOT_TENANT_ID);
    return [...owners];
  }

  /** How far a tenant's time is ahead of the wall clock, in milliseconds. */
  offsetOf(tenant_id: string): number {
    const owner = this.ownerOf(tenant_id);
    const standing = this.#standing.get(owner);
    return standing === undefined ? (this.#offsets.get(owner) ?? 0) : standing - this.#base.now().getTime();
  }

  /**
   * Takes offsets over, in milliseconds by tenant; those of tenants that are not named stay. One that is below what
   * the tenant's clock already shows is not taken, so a late reader of the table cannot turn time back.
   */
  load(offsets: Iterable<readonly [tenant_id: string, offset_ms: number]>): void {
    const ahead = [...offsets].map(([tenant_id, offset_ms]) => {
      if (!Number.isSafeInteger(offset_ms)) throw new RangeError(`no offset in milliseconds: ${offset_ms}`);
      return [tenant_id, Math.max(offset_ms, this.offsetOf(tenant_id))] as const;
    });
    for (const [tenant_id, offset_ms] of ahead) this.#offsets.set(tenant_id, offset_ms);
  }

  /**
   * Makes a tenant's clock (from now on its own) stand at a time until it is let go: what runs meanwhile sees exactly
   * this time. A time that is past already leaves it standing where it is.
   */
  stand(tenant_id: string, at: Date): void {
    this.#standing.set(tenant_id, Math.max(at.getTime(), this.now(tenant_id).getTime()));
  }

  /** Lets a standing clock tick on from the time at which it stands. */
  go(tenant_id: string): void {
    const standing = this.#standing.get(tenant_id);
    if (standing === undefined) return;
    this.#standing.delete(tenant_id);
    // Never below what was loaded meanwhile: another process may have moved this clock further.
    const offset_ms = standing - this.#base.now().getTime();
    this.#offsets.set(tenant_id, Math.max(offset_ms, this.#offsets.get(tenant_id) ?? offset_ms));
  }
}
