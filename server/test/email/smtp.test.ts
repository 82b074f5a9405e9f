import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { monotonicMs } from '../../src/clock/index.ts';
import { type Mailer, smtpMailer } from '../../src/email/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { emailsOf, makeReader } from './email-fixtures.ts';
import { type MailServer, startMailServer, startSilentServer } from './mail-server.ts';

const MINUTE_MS = 60_000;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
async function started(options?: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
  const server = await startMailServer(options);
  closing.push(server.close);
  return server;
}
const mailerOf = (smtp_url: string, deadline_ms = 5000) =>
  smtpMailer({ smtp_url, deadline_ms, monotonic_ms: monotonicMs });

const message = {
  message_id: 'one@lighthouse.example',
  from: { name: 'Lighthouse', address: 'money@lighthouse.example' },
  to_address: 'books@studio.example',
  subject: 'Your invoice',
  text: 'Hello',
  html: '<p>Hello</p>',
  at: new Date('2026-01-01T00:00:00.000Z'),
  attachment: null,
};

describe('an SMTP server', () => {
  it('gets the e-mail under its Message-ID, without a word of who made the sender', async () => {
    const server = await started();
    await mailerOf(server.smtp_url).send({
      ...message,
      attachment: { filename: 'INV-000001.pdf', bytes: Buffer.from('%PDF-') },
    });
    const [got] = server.messages;
    expect(got).toMatchObject({ from: 'money@lighthouse.example', to: ['books@studio.example'] });
    expect(got?.raw).toMatch(/^Message-ID: <one@lighthouse\.example>\r?$/m);
    expect(got?.raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(got?.raw).toContain('filename=INV-000001.pdf');
    expect(got?.raw).not.toMatch(/tallystick|nodemailer/i);
  });

  it('takes no header from a name', async () => {
    const server = await started();
    const hostile = 'Evil" <x@y.example>\r\nBcc: all@x.example\r\n\r\nBody';
    await mailerOf(server.smtp_url).send({
      ...message,
      from: { name: hostile, address: message.from.address },
      subject: hostile,
    });
    const [got] = server.messages;
    expect(got).toMatchObject({ from: 'money@lighthouse.example', to: ['books@studio.example'] });
    const [headers = ''] = (got?.raw ?? '').split(/\r?\n\r?\n/);
    expect(headers).not.toMatch(/^(bcc|body)/im);
    expect(headers).not.toMatch(/=0D|=0A/);
    expect(headers.replace(/\r?\n /g, ' ')).toMatch(/^From: ".*" <money@lighthouse\.example>\r?$/m);
  });

  it('is told a password only over TLS, or on a loopback host', async () => {
    const tried: string[] = [];
    const server = await started({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        tried.push(`${username} ${password}`);
        done(null, { user: username });
      },
    });
    const with_user = server.smtp_url.replace('//', '//the%20user:pass%3Aword@');
    await mailerOf(with_user).send(message);
    expect(tried).toEqual(['the user pass:word']);
    expect(server.messages).toHaveLength(1);
    // An address of this machine that is no loopback one: 0.0.0.0 leads here too.
    const elsewhere = with_user.replace('127.0.0.1', '0.0.0.0');
    await expect(mailerOf(elsewhere).send(message)).rejects.toThrow(/STARTTLS/i);
    expect(tried).toHaveLength(1);
  });

  it('is given up after the deadline, whether it is silent or never comes to the point', async () => {
    for (const says of ['', '220-wait\r\n']) {
      const silent = await startSilentServer(says);
      closing.push(silent.close);
      const mailer = mailerOf(silent.smtp_url, 300);
      const began = monotonicMs();
      await expect(mailer.send(message)).rejects.toThrow();
      expect(monotonicMs() - began).toBeLessThan(5000);
      // And is left alone from then on.
      await expect(mailer.send(message)).rejects.toThrow('did not answer a moment ago');
    }
  });

  it('is not left alone for one mailbox that it refuses', async () => {
    const server = await started({
      onRcptTo: ({ address }, _session, done) =>
        done(
          address.startsWith('gone')
            ? Object.assign(new Error('no such mailbox'), { responseCode: 550 })
            : null,
        ),
    });
    const mailer = mailerOf(server.smtp_url);
    await expect(mailer.send({ ...message, to_address: 'gone@studio.example' })).rejects.toThrow(
      'no such mailbox',
    );
    await mailer.send(message);
    expect(server.messages).toHaveLength(1);
  });
});

describeOnEachDatabase('sending e-mail', (getDb) => {
  let app: TestApp;
  let mailer: Mailer;
  beforeAll(async () => {
    const through: Mailer = { send: (one) => mailer.send(one) };
    app = await testApp(getDb(), { clock: fixedClock(), mailer: through });
  });
  const runDue = () => app.composition.runner.runDue();
  const idOf = (raw: string) => /^Message-ID: <(.*)>/im.exec(raw)?.[1];

  it('hands each e-mail over once, with the page of its invoice', async () => {
    const server = await started();
    mailer = mailerOf(server.smtp_url);
    const studio = await makeReader(app);
    expect((await studio.call('POST /subscriptions', { tier_name: 'starter' })).statusCode).toBe(201);
    await runDue();
    await runDue();
    const [sent] = await emailsOf(studio);
    expect(sent).toMatchObject({ status: 'sent', attempts: 1, last_error: null });
    expect(server.messages).toHaveLength(1);
    const raw = server.messages[0]?.raw ?? '';
    expect(idOf(raw)).toBe(`${sent?.email_id}@localhost`);
    const [, page = ''] =
      /filename=INV-\d{6}\.pdf\r?\n(?:.+\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)/.exec(raw) ?? [];
    expect(Buffer.from(page, 'base64').subarray(0, 5).toString()).toBe('%PDF-');
    const again = await studio.call(`POST /emails/${sent?.email_id}/resend`);
    expect([again.statusCode, again.json().code]).toEqual([409, 'email_sent']);
  });

  it('tries again after growing waits, and fails in the words of the server', async () => {
    const server = await started({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('mailbox is full'), { responseCode: 452 })),
    });
    mailer = mailerOf(server.smtp_url);
    const studio = await makeReader(app);
    await studio.buy(1000);
    await runDue();
    for (const [place, minutes] of [1, 5, 15, 60, 180, 360, 720, 1440].entries()) {
      expect(await emailsOf(studio)).toMatchObject([{ status: 'queued', attempts: place + 1 }]);
      app.clock.advance(minutes * MINUTE_MS - 1000);
      await runDue();
      expect(await emailsOf(studio)).toMatchObject([{ attempts: place + 1 }]);
      app.clock.advance(1000);
      await runDue();
    }
    const [failed] = await emailsOf(studio);
    expect(failed).toMatchObject({ status: 'failed', attempts: 9 });
    expect(failed?.last_error).toContain('mailbox is full');
    app.clock.advance(2 * 1440 * MINUTE_MS);
    await runDue();
    expect(await emailsOf(studio)).toMatchObject([{ status: 'failed', attempts: 9 }]);
    const better = await started();
    mailer = mailerOf(better.smtp_url);
    expect((await studio.call(`POST /emails/${failed?.email_id}/resend`)).json().attempts).toBe(0);
    await runDue();
    expect(await emailsOf(studio)).toMatchObject([{ status: 'sent', attempts: 1 }]);
    expect(better.messages).toHaveLength(1);
  });

  it('sends once more under the same Message-ID after a crash between sending and writing that down', async () => {
    const server = await started();
    const real = mailerOf(server.smtp_url);
    const crashed = Promise.withResolvers<void>();
    // It has sent, and never comes back: as a process that is gone.
    mailer = {
      send: async (one) => {
        await real.send(one);
        crashed.resolve();
        await new Promise<never>(() => undefined);
      },
    };
    const studio = await makeReader(app);
    await studio.buy(1000);
    void app.composition.runner.runDue();
    await crashed.promise;
    mailer = real;
    const alive = await testApp(getDb(), { clock: app.clock, mailer: real, operator_key: app.operator_key });
    await alive.composition.runner.runDue();
    // Its lease is not over.
    expect(server.messages).toHaveLength(1);
    app.clock.advance(5 * MINUTE_MS);
    await alive.composition.runner.runDue();
    await alive.composition.runner.runDue();
    expect(await emailsOf(studio)).toMatchObject([{ status: 'sent', attempts: 2 }]);
    const ids = server.messages.map(({ raw }) => idOf(raw));
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it('logs no word of an address or a password', async () => {
    mailer = mailerOf('smtp://user:very-secret@127.0.0.1:9', 1000);
    const lines: string[] = [];
    const log = (fields: object, words: string) => void lines.push(`${JSON.stringify(fields)} ${words}`);
    const quiet = await testApp(getDb(), { clock: app.clock, mailer, operator_key: app.operator_key });
    quiet.composition.useLog({ info: log, warn: log, error: log });
    const studio = await makeReader(app);
    await studio.buy(1000);
    await quiet.composition.runner.runDue();
    expect(lines.join('\n')).toContain('an e-mail was not sent');
    expect(lines.join('\n')).not.toMatch(/very-secret|studio\.example/);
    expect((await emailsOf(studio))[0]?.last_error).toContain('ECONNREFUSED');
  });
});
