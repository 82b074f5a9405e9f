import type { TokenWriter } from '../token-write.ts';
import type { WriteItem } from './write-item.ts';

/** How many writes may be with the plain writer at a time: it has connections for few. */
const UNDER_WAY_MAX = 4;
/** How many writes of a tenant may wait for one that is. */
const WAITING_MAX = 100;

/**
 * What a lane has handed over to the plain writer: one write of a tenant at a time. Those that came with it wait, and
 * then go back to the lane: most often one was enough, as for an expiry that the first of them books.
 */
export class HandedOver {
  readonly #plain: TokenWriter;
  readonly #takeBack: (items: readonly WriteItem[]) => void;
  /** By tenant: the writes that wait for the one that was handed over. */
  readonly #tenants = new Map<string, WriteItem[]>();
  #pending: WriteItem[] = [];
  readonly #under_way = new Set<Promise<void>>();

  /** `takeBack` is given what waited, once the lane may decide it. */
  constructor(plain: TokenWriter, takeBack: (items: readonly WriteItem[]) => void) {
    this.#plain = plain;
    this.#takeBack = takeBack;
  }

  /** How many writes are here. */
  get size(): number {
    const waiting = [...this.#tenants.values()].reduce((sum, items) => sum + items.length, 0);
    return waiting + this.#tenants.size;
  }

  /** Hands a write over, or lets it wait; false where too many of its tenant do. */
  take(item: WriteItem): boolean {
    const waiting = this.#tenants.get(item.tenant_id);
    if (waiting === undefined) {
      this.#tenants.set(item.tenant_id, []);
      this.#pending.push(item);
      this.#begin();
      return true;
    }
    if (waiting.length === WAITING_MAX) return false;
    waiting.push(item);
    return true;
  }

  /** Resolves when one of the writes that are under way has ended. */
  async settled(): Promise<void> {
    await Promise.race(this.#under_way);
  }

  #begin(): void {
    while (this.#under_way.size < UNDER_WAY_MAX) {
      const item = this.#pending.shift();
      if (item === undefined) return;
      const ended: Promise<void> = this.#write(item).then(() => this.#end(item.tenant_id, ended));
      this.#under_way.add(ended);
    }
  }

  async #write({ tenant_id, write, header, resolve, reject }: WriteItem): Promise<void> {
    await this.#plain.write(tenant_id, write, header).then(resolve, reject);
  }

  #end(tenant_id: string, ended: Promise<void>): void {
    const waited = this.#tenants.get(tenant_id) ?? [];
    this.#tenants.delete(tenant_id);
    this.#under_way.delete(ended);
    this.#begin();
    this.#takeBack(waited);
  }
}
