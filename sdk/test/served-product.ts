import { fixedClock, makeTestDatabase } from '../../server/test/harness/index.ts';
import { testApp } from '../../server/test/harness/test-app.ts';

/** The product over HTTP, with the sandbox's play money and a database of its own. */
export interface ServedProduct {
  base_url: string;
  operator_key: string;
  close(): Promise<void>;
}

/** Serves it on a free port of the loopback. */
export async function serveProduct(): Promise<ServedProduct> {
  const test_database = await makeTestDatabase('pglite');
  // Its clock stands still, at the present: what a recorder says of now is then not of the future.
  const clock = fixedClock(new Date());
  const { server, operator_key } = await testApp(await test_database.open(), { clock });
  const base_url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    base_url,
    operator_key,
    close: async () => {
      await server.close();
      await test_database.remove();
    },
  };
}
