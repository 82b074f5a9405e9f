import type { Tx } from '../db/index.ts';
import { onceByRow, type RowAnswer } from '../request-keys/index.ts';
import { recall, type TokenAnswers } from './answers.ts';
import { type BookContext, bookContext, type TokenServices } from './context.ts';
import { releaseHold, settleHold } from './end-hold.ts';
import { holdTokens } from './hold-tokens.ts';
import {
  headerClaim,
  type TokenWrite,
  type TokenWriter,
  type WriteHeader,
  type WriteKind,
  type Written,
} from './token-write.ts';
import { useTokens } from './use-tokens.ts';

/** One transaction for each write: the reference that the lanes are held against, and what they hand over is done by. */
export class PlainWriter implements TokenWriter {
  readonly #services: Pick<TokenServices, 'db' | 'clock' | 'newId' | 'known_features'>;

  constructor(services: Pick<TokenServices, 'db' | 'clock' | 'newId' | 'known_features'>) {
    this.#services = services;
  }

  write: TokenWriter['write'] = <Kind extends WriteKind>(
    tenant_id: string,
    write: Extract<TokenWrite, { kind: Kind }>,
    header?: WriteHeader,
  ) =>
    this.#services.db.inTenant(tenant_id, async (tx) => {
      const context = bookContext(this.#services, tenant_id);
      const claim = headerClaim(tenant_id, header, context.now);
      const work = () => perform(tx, context, write);
      const { status, body, replayed } = await onceByRow(tx, claim, work, (ref_id) =>
        recall[write.kind](tx, tenant_id, ref_id),
      );
      // What perform() and recall answer for a kind of write is that kind's answer.
      return { status, body, replayed } as Written<Kind>;
    });

  async close(): Promise<void> {}
}

async function perform(
  tx: Tx,
  context: BookContext,
  write: TokenWrite,
): Promise<RowAnswer<TokenAnswers[WriteKind]>> {
  switch (write.kind) {
    case 'use':
      return asRepeated(await useTokens(tx, context, write.use));
    case 'hold':
      return asRepeated(await holdTokens(tx, context, write.hold));
    case 'settle':
      return settleHold(tx, context, write.hold_id, write.tokens_used);
    case 'release':
      return releaseHold(tx, context, write.hold_id);
  }
}

/** A request_id that was answered before is answered 200: what it made is not made now. */
function asRepeated<Body>(answer: RowAnswer<Body>): RowAnswer<Body> {
  return answer.replayed ? { ...answer, status: 200 } : answer;
}
