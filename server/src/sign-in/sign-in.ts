import { sql } from 'kysely';
import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { type Caller, SCOPES } from '../tenants/index.ts';
import type { Auth } from './auth.ts';

/** A person's session. */
export interface Session {
  user_id: string;
  /** The tenant that the user belongs to. */
  tenant_id: string;
  operator: boolean;
  name: string;
  email: string;
  expires_at: Date;
}

/** An attempt to sign in. */
export interface SignInAttempt {
  email: string;
  password: string;
  /** The client's, against which attempts are counted. */
  address: string;
  user_agent: string | undefined;
}

/** What is needed to know people. */
export interface SignInParts {
  db: Pick<Database, 'withoutTenant'>;
  clock: Clock;
  /** Asked for when the first person shows up. */
  secretKey(): string;
  /** PUBLIC_URL. */
  public_url: string | undefined;
}

/** Signs people in and out, and knows them by their cookie. */
export class SignIn {
  readonly #parts: SignInParts;
  #loaded: Promise<{ auth: Auth; origin: string; address_header: string }> | undefined;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Answers the Set-Cookie headers of a new session. Fails with `credentials_refused` or `sign_in_limited`. */
  async signIn(attempt: SignInAttempt): Promise<string[]> {
    const { email, password, address, user_agent } = attempt;
    const headers = new Headers({ 'content-type': 'application/json' });
    if (user_agent !== undefined) headers.set('user-agent', user_agent);
    const cookies = await this.#send('/sign-in/email', headers, { email, password }, address);
    // Who comes in sweeps out what has ended. By the wall clock, which is what sessions go by.
    await this.#parts.db.withoutTenant((tx) =>
      sql`delete from sign_in_sessions where expires_at < now()`.execute(tx),
    );
    return cookies;
  }

  /** Ends the session of a cookie, and answers the Set-Cookie headers that forget it. */
  async signOut(cookie: string): Promise<string[]> {
    return await this.#send('/sign-out', new Headers({ cookie }), undefined, undefined);
  }

  /** The session of a Cookie header; undefined where there is none, or one that has ended. */
  async session(cookie: string | undefined): Promise<Session | undefined> {
    if (cookie === undefined || !cookie.includes(SESSION_COOKIE)) return undefined;
    const { auth } = await this.#load();
    const found = await auth.api.getSession({ headers: new Headers({ cookie }) }).catch(async (error) => {
      // It tells of no cause; where the database is away, asking says so.
      await this.#parts.db.withoutTenant((tx) => sql`select 1`.execute(tx));
      throw error;
    });
    if (found === null) return undefined;
    const { id: user_id, owner_id: tenant_id, name, email } = found.user;
    const operator = tenant_id === ROOT_TENANT_ID;
    return { user_id, tenant_id, operator, name, email, expires_at: found.session.expiresAt };
  }

  /** Who a session acts as: an operator, or its tenant with every scope. */
  async callerOf(cookie: string | undefined): Promise<Caller | undefined> {
    const session = await this.session(cookie);
    if (session === undefined) return undefined;
    const { user_id, tenant_id, operator } = session;
    return { user_id, tenant_id, operator, scopes: SCOPES };
  }

  async #send(
    path: string,
    headers: Headers,
    body: object | undefined,
    address: string | undefined,
  ): Promise<string[]> {
    const { auth, origin, address_header } = await this.#load();
    if (address !== undefined) headers.set(address_header, address);
    const request = new Request(`${origin}/auth${path}`, {
      method: 'POST',
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await auth.handler(request);
    if (answer.status === 429) {
      const retry_after = Number(answer.headers.get('x-retry-after') ?? 60);
      fail('sign_in_limited', `Try again in ${retry_after} seconds.`, { retry_after });
    }
    // Which of address and password was wrong is not told.
    if (answer.status === 400 || answer.status === 401) {
      fail('credentials_refused', 'The e-mail address or the password is wrong.');
    }
    if (!answer.ok) throw new Error(`better-auth answered ${answer.status} to ${path}`);
    return answer.headers.getSetCookie();
  }

  #load() {
    this.#loaded ??= this.#open();
    // What failed is tried again by the next person.
    this.#loaded.catch(() => {
      this.#loaded = undefined;
    });
    return this.#loaded;
  }

  async #open() {
    const { ADDRESS_HEADER, AUTH_ORIGIN, makeAuth } = await import('./auth.ts');
    const { db, clock, public_url, secretKey } = this.#parts;
    const secure_cookies = public_url?.startsWith('https:') === true;
    const auth = makeAuth({ db, clock, secret: secretKey(), secure_cookies });
    return { auth, origin: AUTH_ORIGIN, address_header: ADDRESS_HEADER };
  }
}

/** How the name of the cookie ends; with https it begins with __Secure-. */
const SESSION_COOKIE = 'tallystick.session_token=';
