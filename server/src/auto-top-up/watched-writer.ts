import type { TokenWriter } from '../ai-tokens/index.ts';
import type { BalanceWatch } from './balance-watch.ts';

/**
 * A writer whose answers are told to the watch, once they are there: callers wait for nothing more. A hold's answer does
 * not name the balance, and a release only raises it.
 */
export function watchedWriter(writer: TokenWriter, watch: Pick<BalanceWatch, 'saw' | 'close'>): TokenWriter {
  return {
    write: (tenant_id, write, header) => {
      const written = writer.write(tenant_id, write, header);
      if (write.kind !== 'release')
        written.then(
          ({ body, replayed }) => {
            if (!replayed) watch.saw(tenant_id, 'balance_after' in body ? body.balance_after : undefined);
          },
          () => undefined,
        );
      return written;
    },
    close: async () => {
      await writer.close();
      await watch.close();
    },
  };
}
