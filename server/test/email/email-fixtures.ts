import { expect } from 'vitest';
import type { Mailer } from '../../src/email/index.ts';
import type { TestApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';

/** An e-mail as the outbox lists it. */
export interface ListedEmail {
  email_id: string;
  kind: string;
  status: string;
  subject: string;
  to_address: string;
  invoice_id: string | null;
  attempts: number;
  last_error: string | null;
  sent_at: string | null;
}

type Message = Parameters<Mailer['send']>[0];

/** A mail server in memory: it takes what it is given, or refuses in the words that it was told. */
export class Mailbox implements Mailer {
  readonly messages: Message[] = [];
  refusal: string | undefined;

  async send(message: Message): Promise<void> {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    this.messages.push(message);
  }
}

/** A studio whose billing e-mail goes to its books. */
export async function makeReader(app: TestApp, details: object = {}, terms: object = {}): Promise<Studio> {
  const studio = await makeStudio(app, terms);
  await describe(studio, { email: 'books@studio.example', ...details });
  return studio;
}

/** Sets a studio's billing details. */
export async function describe(studio: Studio, details: object): Promise<void> {
  const answer = await studio.operate('PUT /billing-details', details);
  expect(answer.statusCode, answer.body).toBe(200);
}

/** A studio's e-mails, the oldest first. */
export async function emailsOf(studio: Studio, filter = ''): Promise<ListedEmail[]> {
  const answer = await studio.call(`GET /emails${filter}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().data.toReversed();
}

/** What the oldest e-mails of a studio are about. */
export async function kindsOf(studio: Studio): Promise<string[]> {
  return (await emailsOf(studio)).map(({ kind }) => kind);
}
