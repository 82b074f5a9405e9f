import type { PolicySources } from './resolve-policies.ts';

/** How long a process goes by what it read: half of the second within which a change made elsewhere is in force. */
const LIFETIME_MS = 500;
/** How many tenants are kept. The one that was read first goes. */
const TENANTS_MAX = 10_000;

interface Entry {
  sources: Promise<PolicySources>;
  read_at_ms: number;
}

/**
 * What limits each tenant, as this process read it less than half a second ago. Callers of one moment share one read,
 * and a read that a change overtook serves only those who asked before the change.
 */
export class PolicyCache {
  readonly #read: (tenant_id: string) => Promise<PolicySources>;
  readonly #now_ms: () => number;
  readonly #entries = new Map<string, Entry>();

  /** `now_ms` is monotonic: a lifetime is real time, whatever the test clock says. */
  constructor(read: (tenant_id: string) => Promise<PolicySources>, now_ms: () => number) {
    this.#read = read;
    this.#now_ms = now_ms;
  }

  /** Throws what the read throws, and forgets it. */
  get(tenant_id: string): Promise<PolicySources> {
    const now_ms = this.#now_ms();
    const known = this.#entries.get(tenant_id);
    if (known !== undefined && now_ms - known.read_at_ms < LIFETIME_MS) return known.sources;
    // Taken out first, so that it comes back as the youngest.
    this.#entries.delete(tenant_id);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < TENANTS_MAX) break;
      this.#entries.delete(oldest);
    }
    const entry = { sources: this.#read(tenant_id), read_at_ms: now_ms };
    this.#entries.set(tenant_id, entry);
    entry.sources.catch(() => {
      if (this.#entries.get(tenant_id) === entry) this.#entries.delete(tenant_id);
    });
    return entry.sources;
  }

  /** The next call of the tenant, or of any where none is named, reads again. */
  forget(tenant_id?: string): void {
    if (tenant_id === undefined) this.#entries.clear();
    else this.#entries.delete(tenant_id);
  }
}
