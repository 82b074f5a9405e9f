import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../src/clock/index.ts';
import type { Database } from '../../src/db/index.ts';
import { smtpMailer } from '../../src/email/index.ts';
import type { FixedClock } from '../harness/fixed-clock.ts';
import { fixedClock, hasEngine, makeTestDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { studioOf } from '../routes/token-fixtures.ts';
import { emailsOf, makeReader } from './email-fixtures.ts';
import { startMailServer } from './mail-server.ts';

const SENDER = fileURLToPath(new URL('send-until-killed-process.ts', import.meta.url));
/** A process is started, and the machine may be busy. */
const PATIENCE_MS = 120_000;
const LEASE_MS = 5 * 60_000;
const OPERATOR_KEY = 'an-operator-key-of-the-killed-sender-1';

describe.each(['pglite', 'postgres'] as const)('a sender that is killed [%s]', (engine) => {
  test.skipIf(!hasEngine(engine))(
    'has sent each e-mail, and the one in its hands twice under the same Message-ID',
    async () => {
      const test_database = await makeTestDatabase(engine);
      const clock = fixedClock();
      const { app, studio } = await queueThree(() => test_database.open(), clock);
      await app.server.close();
      await app.composition.close();

      const messages: string[] = [];
      let sender: ChildProcess | undefined;
      const server = await startMailServer({
        onData: (stream, _session, done) => {
          void text(stream).then((raw) => {
            messages.push(raw);
            // The second one is taken, and nobody lives to hear it.
            if (messages.length === 2) sender?.kill('SIGKILL');
            else done();
          }, done);
        },
      });
      const args = [JSON.stringify(test_database.options), clock.now().toISOString(), server.smtp_url];
      sender = spawn(process.execPath, ['--conditions=tallystick-source', SENDER, ...args], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const [, signal] = await once(sender, 'exit');
      expect([signal, messages.length]).toEqual(['SIGKILL', 2]);

      clock.advance(LEASE_MS);
      const mailer = smtpMailer({ smtp_url: server.smtp_url, monotonic_ms: monotonicMs });
      const db = await test_database.open();
      const again = await testApp(db, { clock, operator_key: OPERATOR_KEY, mailer });
      await again.composition.runner.runDue();
      const emails = await emailsOf(studioOf(again, studio.tenant_id, studio.key));
      expect(emails.map(({ status, attempts }) => `${status} ${attempts}`).sort()).toEqual([
        'sent 1',
        'sent 1',
        'sent 2',
      ]);
      const ids = messages.map((raw) => /^Message-ID: <(.*)@/im.exec(raw)?.[1]);
      expect(ids).toHaveLength(4);
      expect(ids.filter((id) => id === ids[1])).toHaveLength(2);
      expect([...new Set(ids)].sort()).toEqual(emails.map(({ email_id }) => email_id).sort());
      await again.server.close();
      await server.close();
      await test_database.remove();
    },
    PATIENCE_MS,
  );
});

async function queueThree(open: () => Promise<Database>, clock: FixedClock) {
  const app: TestApp = await testApp(await open(), { clock, operator_key: OPERATOR_KEY });
  const studio = await makeReader(app);
  for (let bought = 0; bought < 3; bought += 1) await studio.buy(1000);
  return { app, studio };
}
