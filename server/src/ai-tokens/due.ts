import type { Tx } from '../db/index.ts';
import type { DueItem } from '../due-work/index.ts';
import { bookContext, type TokenServices } from './context.ts';
import { ageHold } from './end-hold.ts';
import { expireGrants } from './plan/expire.ts';
import { lockBook, saveBook } from './store.ts';

/** What time does to this domain: the handlers of its kinds of due work, for the runner. */
export function tokenDueHandlers(services: TokenServices) {
  return [
    {
      kind: 'token_hold',
      run: (tx: Tx, item: DueItem) => ageHold(tx, bookContext(services, item.tenant_id), item),
    },
    {
      kind: 'token_grant_expiry',
      run: async (tx: Tx, item: DueItem): Promise<undefined> => {
        const context = bookContext(services, item.tenant_id);
        const book = await lockBook(tx, context);
        expireGrants(book, context.now);
        await saveBook(tx, context, book);
      },
    },
  ] as const;
}
