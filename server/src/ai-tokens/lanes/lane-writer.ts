import { type LaneObserver, laneOf } from '../../lanes/index.ts';
import { requireFeature } from '../features.ts';
import type { TokenWrite, TokenWriter, WriteHeader, WriteKind, Written } from '../token-write.ts';
import type { LaneServices } from './commit-batch.ts';
import { Lane } from './lane.ts';

/** Gathers the writes of many callers into lanes, each of which commits for its own share of the tenants. */
export class LaneWriter implements TokenWriter {
  readonly #services: LaneServices;
  readonly #plain: TokenWriter;
  readonly #lanes: readonly Lane[];
  readonly #look_ups = new Map<string, Promise<void>>();

  /** `plain` takes what needs a transaction of its own. */
  constructor(services: LaneServices, plain: TokenWriter, lanes: number, observer: LaneObserver) {
    this.#services = services;
    this.#plain = plain;
    this.#lanes = Array.from({ length: lanes }, () => new Lane(services, plain, observer));
  }

  /** How many writes wait, in all lanes. */
  get depth(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.depth, 0);
  }

  write: TokenWriter['write'] = <Kind extends WriteKind>(
    tenant_id: string,
    write: Extract<TokenWrite, { kind: Kind }>,
    header?: WriteHeader,
  ): Promise<Written<Kind>> => {
    const feature_type = featureOf(write);
    // Nearly always so, and then there is nothing to wait for but the lane.
    if (feature_type === undefined || this.#services.known_features.has(feature_type))
      return this.#submit(tenant_id, write, header) as Promise<Written<Kind>>;
    return this.#lookUp(tenant_id, feature_type).then((known) =>
      known
        ? (this.#submit(tenant_id, write, header) as Promise<Written<Kind>>)
        : this.#plain.write(tenant_id, write, header),
    );
  };

  #submit(
    tenant_id: string,
    write: TokenWrite,
    header: WriteHeader | undefined,
  ): Promise<Written<WriteKind>> {
    return new Promise((resolve, reject) => {
      const arrived_ms = this.#services.monotonic_ms();
      laneOf(this.#lanes, tenant_id).submit({
        tenant_id,
        write,
        header,
        arrived_ms,
        overtaken: 0,
        reads_keys: false,
        resolve,
        reject,
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.drain()));
  }

  /** Whether a feature is registered: looked up until it is, once for all who ask meanwhile. */
  async #lookUp(tenant_id: string, feature_type: string): Promise<boolean> {
    const { db, known_features } = this.#services;
    const under_way = this.#look_ups.get(feature_type);
    const look_up =
      under_way ??
      db
        .inTenant(tenant_id, (tx) => requireFeature(tx, known_features, feature_type))
        // Whatever is wrong, the plain writer will say it.
        .catch(() => undefined)
        .finally(() => this.#look_ups.delete(feature_type));
    this.#look_ups.set(feature_type, look_up);
    await look_up;
    return known_features.has(feature_type);
  }
}

function featureOf(write: TokenWrite): string | undefined {
  if (write.kind === 'use') return write.use.feature_type;
  return write.kind === 'hold' ? write.hold.feature_type : undefined;
}
