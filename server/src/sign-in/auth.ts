import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { Kysely } from 'kysely';
import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { newId } from '../id/index.ts';
import { tenantlessDialect } from './tenantless-dialect.ts';

/** What better-auth is set up with. */
export interface AuthInput {
  db: Pick<Database, 'withoutTenant'>;
  clock: Clock;
  secret: string;
  /** Whether cookies are for https alone. */
  secure_cookies: boolean;
}

/** Where it believes to be: nothing leaves this process under that name. */
export const AUTH_ORIGIN = 'http://sign-in.tallystick.localhost';
/** In this header, and in no other, it is told a client's address. */
export const ADDRESS_HEADER = 'x-sign-in-address';
/** A week, whatever happens in it: then the password is asked for again. */
const SESSION_SECONDS = 604_800;
const ATTEMPTS_MAX = 10;
const ATTEMPTS_WINDOW_SECONDS = 60;

const times = { createdAt: 'created_at', updatedAt: 'updated_at' };

/** Its options, also for the test that it would change nothing in our tables. */
export function authOptions({ db, clock, secret, secure_cookies }: AuthInput) {
  return {
    appName: 'Tallystick',
    baseURL: AUTH_ORIGIN,
    basePath: '/auth',
    // In this form no variable of its own is read.
    secrets: [{ version: 1, value: secret }],
    database: {
      db: new Kysely({ dialect: tenantlessDialect(db) }),
      type: 'postgres',
      schemaName: 'tallystick',
      transaction: false,
    },
    emailAndPassword: { enabled: true, disableSignUp: true },
    telemetry: { enabled: false },
    // What it logs names people; what it throws is logged by us.
    logger: { disabled: true },
    onAPIError: { throw: true },
    rateLimit: {
      enabled: true,
      storage: 'database',
      customRules: {
        '/sign-in/email': { window: ATTEMPTS_WINDOW_SECONDS, max: ATTEMPTS_MAX },
        '/sign-out': false,
      },
      modelName: 'sign_in_attempts',
      fields: { lastRequest: 'last_request' },
    },
    user: {
      modelName: 'sign_in_users',
      fields: { emailVerified: 'email_verified', ...times },
      additionalFields: { owner_id: { type: 'string', required: true, input: false } },
    },
    session: {
      expiresIn: SESSION_SECONDS,
      disableSessionRefresh: true,
      modelName: 'sign_in_sessions',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...times,
      },
    },
    account: {
      modelName: 'sign_in_accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
    },
    verification: { modelName: 'sign_in_verifications', fields: { expiresAt: 'expires_at', ...times } },
    advanced: {
      cookiePrefix: 'tallystick',
      useSecureCookies: secure_cookies,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // http/ has checked the Origin by then, against the address that the browser was really at.
      disableCSRFCheck: true,
      disableOriginCheck: true,
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER], ipv6Subnet: 64 },
      // A test holds that the tables are as it wants them.
      database: { generateId: () => newId(clock.now()), validateSchema: false },
    },
  } satisfies BetterAuthOptions;
}

export type Auth = ReturnType<typeof makeAuth>;

/** better-auth on our tables. Importing this file costs some 50 MB. */
export function makeAuth(input: AuthInput) {
  return betterAuth(authOptions(input));
}
