/** How many endpoints of days a process remembers: some tens of megabytes of names. */
const NAMES_MAX = 100_000;

/** Endpoints that a tenant's day has, which it never loses again: so that a batch need not ask for each of its own. */
export class KnownEndpoints {
  readonly #names = new Set<string>();

  has(tenant_id: string, day: number, endpoint: string): boolean {
    return this.#names.has(nameOf(tenant_id, day, endpoint));
  }

  /** To be called once the transaction that wrote or read them is committed. */
  add(tenant_id: string, day: number, endpoint: string): void {
    if (this.#names.size >= NAMES_MAX) this.#names.clear();
    this.#names.add(nameOf(tenant_id, day, endpoint));
  }
}

function nameOf(tenant_id: string, day: number, endpoint: string): string {
  return `${tenant_id} ${day} ${endpoint}`;
}
