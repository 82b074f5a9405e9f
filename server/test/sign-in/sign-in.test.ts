import { getMigrations } from 'better-auth/db/migration';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_TENANT_ID } from '../../src/id/index.ts';
// Only this test looks at what better-auth is set up with.
import { authOptions } from '../../src/sign-in/auth.ts';
import { ensureOperatorUser } from '../../src/sign-in/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal } from '../tenants/tenant-fixtures.ts';

const operator = { email: 'operator@sign-in.example', password: 'the operator’s own password' };
const host = 'localhost:80';

describeOnEachDatabase('sign-in', (getDb) => {
  let app: TestApp;
  let tenant_id: string;
  let user: { user_id: string; email: string; password: string };
  beforeAll(async () => {
    app = await testApp(getDb());
    await ensureOperatorUser(getDb(), app.clock, operator);
    tenant_id = await makeTenant(app, { name: 'Harbour' });
    user = await makeUser(tenant_id, 'Ann@Harbour.example');
  });
  afterAll(() => app.server.close());

  async function makeUser(of: string, email: string) {
    const answer = await app.call(`POST /tenants/${of}/users`, { body: { email } });
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  }
  let attempts = 0;
  /** Each from an address of its own, so that attempts are not counted together. */
  const signIn = (
    body: object,
    headers: Record<string, string> = {},
    remoteAddress = `10.0.0.${++attempts}`,
  ) =>
    app.server.inject({ method: 'POST', url: '/auth/sign-in/email', payload: body, headers, remoteAddress });
  const cookieOf = async (who: { email: string; password: string }) => {
    const answer = await signIn({ email: who.email, password: who.password });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ');
  };
  /** A call as the page makes it, by cookie alone. */
  const byCookie = (
    cookie: string,
    request: `${'GET' | 'POST' | 'DELETE'} /${string}`,
    more: { body?: object; headers?: Record<string, string> } = {},
  ) => {
    const [method, path] = request.split(' ', 2) as ['GET', string];
    const headers = { cookie, origin: `http://${host}`, ...more.headers };
    const url = `/api/v1/monetization${path}`;
    return app.server.inject({ method, url, headers, ...(more.body ? { payload: more.body } : {}) });
  };

  it('better-auth would change nothing in our tables', async () => {
    const { toBeCreated, toBeAdded, compileMigrations } = await getMigrations(
      authOptions({ db: getDb(), clock: app.clock, secret: 'x'.repeat(40), secure_cookies: false }),
    );
    expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] });
    expect((await compileMigrations()).replace(/[\s;]/g, '')).toBe('');
  });

  describe('POST /auth/sign-in/email', () => {
    it('200: sets one cookie that no script reads, and tells whose session it is but not its token', async () => {
      const answer = await signIn({ email: 'ANN@harbour.example', password: user.password });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({
        session: {
          user_id: user.user_id,
          tenant_id,
          operator: false,
          name: 'ann',
          email: 'ann@harbour.example',
          expires_at: expect.any(String),
        },
      });
      const [cookie, ...others] = answer.cookies;
      expect(others).toEqual([]);
      expect(cookie).toMatchObject({
        name: 'tallystick.session_token',
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        maxAge: 604_800,
      });
      expect(cookie).not.toHaveProperty('secure', true);
      expect(answer.body).not.toContain(cookie?.value.split('.')[0]);
    });

    it('the cookie is for https alone where PUBLIC_URL is', async () => {
      const https = await testApp(getDb(), {
        operator_key: app.operator_key,
        env: { PUBLIC_URL: 'https://tally.example' },
      });
      const payload = { email: operator.email, password: operator.password };
      const answer = await https.server.inject({ method: 'POST', url: '/auth/sign-in/email', payload });
      expect(answer.cookies[0]).toMatchObject({ name: '__Secure-tallystick.session_token', secure: true });
      const [{ name = '', value = '' } = {}] = answer.cookies;
      const cookie = `${name}=${encodeURIComponent(value)}`;
      const bought = (origin: string) =>
        https.server.inject({
          method: 'POST',
          url: '/api/v1/monetization/tenants',
          headers: { cookie, origin },
          payload: { name: 'By PUBLIC_URL' },
        });
      expect((await bought('https://tally.example')).statusCode).toBe(201);
      expect(refusal(await bought('https://tally.example.evil'))).toEqual([403, 'origin_refused']);
      await https.server.close();
    });

    it.each([
      ['a wrong password', { password: 'wrong' }],
      ['an unknown address', { email: 'nobody@harbour.example' }],
      ['what is no address', { email: 'ann' }],
    ])('401 credentials_refused: %s, and the answers are alike', async (_what, change) => {
      const answer = await signIn({ email: user.email, password: user.password, ...change });
      expect(refusal(answer)).toEqual([401, 'credentials_refused']);
      expect(answer.json().detail).toBe('The e-mail address or the password is wrong.');
      expect(answer.cookies).toEqual([]);
    });

    it('422 and 415: anything but the two texts in JSON', async () => {
      expect(refusal(await signIn({ email: user.email }))).toEqual([422, 'request_invalid']);
      const { email, password } = user;
      expect(refusal(await signIn({ email, password, callbackURL: '//evil.example' }))).toEqual([
        422,
        'request_invalid',
      ]);
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const sent = await app.server.inject({
        method: 'POST',
        url: '/auth/sign-in/email',
        headers: form,
        payload: 'a=b',
      });
      expect(refusal(sent)).toEqual([415, 'media_type_unsupported']);
    });

    it('403 origin_refused: from a page of another site', async () => {
      const { email, password } = user;
      const from = (origin: string) => signIn({ email, password }, { origin });
      expect(refusal(await from('https://evil.example'))).toEqual([403, 'origin_refused']);
      expect(refusal(await from('null'))).toEqual([403, 'origin_refused']);
      expect((await from(`http://${host}`)).statusCode).toBe(200);
    });

    it('429 sign_in_limited: more than ten attempts a minute from one address, and others go on', async () => {
      const bad = { email: user.email, password: 'guess' };
      const answers = [];
      for (let attempt = 0; attempt < 11; attempt += 1) answers.push(await signIn(bad, {}, '192.0.2.7'));
      expect(answers.slice(0, 10).map((answer) => answer.statusCode)).toEqual(Array(10).fill(401));
      expect(refusal(answers[10] ?? (await signIn(bad)))).toEqual([429, 'sign_in_limited']);
      expect(Number(answers[10]?.headers['retry-after'])).toBeGreaterThan(0);
      // An address that the client claims is believed by nobody.
      const spoofed = await signIn(
        bad,
        { 'x-forwarded-for': '8.8.8.8', 'x-sign-in-address': '8.8.8.8' },
        '192.0.2.7',
      );
      expect(spoofed.statusCode).toBe(429);
      expect((await signIn({ email: user.email, password: user.password })).statusCode).toBe(200);
    });
  });

  it.each([
    'POST /auth/sign-up/email',
    'POST /auth/request-password-reset',
    'POST /auth/change-password',
    'GET /auth/list-sessions',
    'POST /auth/update-user',
    'GET /auth/ok',
    'POST /auth/sign-in/social',
    'GET /auth',
  ])('404: %s is not there', async (request) => {
    const [method, url] = request.split(' ', 2) as ['GET', string];
    const answer = await app.server.inject({ method, url, ...(method === 'GET' ? {} : { payload: {} }) });
    expect(refusal(answer)).toEqual([404, 'route_not_found']);
  });

  describe('a session', () => {
    it('is told to its page, until it ends', async () => {
      const cookie = await cookieOf(user);
      const session = async () =>
        (await app.server.inject({ url: '/auth/get-session', headers: { cookie } })).json().session;
      expect(await session()).toMatchObject({ email: user.email, operator: false });
      const ended = await app.server.inject({
        method: 'POST',
        url: '/auth/sign-out',
        headers: { cookie, origin: `http://${host}` },
      });
      expect(ended.statusCode).toBe(204);
      expect(ended.cookies[0]).toMatchObject({ name: 'tallystick.session_token', value: '', maxAge: 0 });
      expect(await session()).toBeNull();
      expect(refusal(await byCookie(cookie, 'GET /ai-tokens/balance'))).toEqual([401, 'unauthenticated']);
      expect((await app.server.inject({ url: '/auth/get-session' })).json()).toEqual({ session: null });
    });

    it('of a tenant’s user acts for that tenant and no other', async () => {
      const cookie = await cookieOf(user);
      const other = await makeTenant(app, { name: 'Other' });
      const balance = (headers: Record<string, string>) =>
        byCookie(cookie, 'GET /ai-tokens/balance', { headers });
      expect((await balance({})).statusCode).toBe(200);
      expect((await balance({ 'tallystick-tenant': tenant_id })).statusCode).toBe(200);
      for (const foreign of [other, ROOT_TENANT_ID]) {
        expect(refusal(await balance({ 'tallystick-tenant': foreign }))).toEqual([404, 'not_found']);
        expect(refusal(await byCookie(cookie, `GET /tenants/${foreign}`))).toEqual([404, 'not_found']);
        expect(refusal(await byCookie(cookie, `GET /tenants/${foreign}/users`))).toEqual([404, 'not_found']);
      }
      expect((await byCookie(cookie, 'GET /tenants')).json().data).toEqual([]);
      const grant = { body: { tokens: 1, reason: 'gift' } };
      expect(refusal(await byCookie(cookie, 'POST /ai-tokens/grants', grant))).toEqual([
        403,
        'operator_only',
      ]);
      const bought = await byCookie(cookie, 'POST /ai-tokens/purchase', {
        body: { tokens_to_purchase: 1000 },
      });
      expect(bought.statusCode).toBe(201);
      expect((await byCookie(cookie, `GET /tenants/${tenant_id}/api-keys`)).statusCode).toBe(200);
    });

    it('of an operator acts for every tenant', async () => {
      const cookie = await cookieOf(operator);
      const headers = { 'tallystick-tenant': tenant_id };
      const granted = await byCookie(cookie, 'POST /ai-tokens/grants', {
        headers,
        body: { tokens: 5, reason: 'r' },
      });
      expect(granted.statusCode).toBe(201);
      expect((await byCookie(cookie, 'GET /tenants')).json().data.length).toBeGreaterThan(0);
      expect(
        refusal(await byCookie(cookie, 'GET /tenants', { headers: { 'tallystick-tenant': 'x' } })),
      ).toEqual([422, 'request_invalid']);
    });

    it.each([
      ['another site', { origin: 'https://evil.example' }],
      ['a sandboxed page', { origin: 'null' }],
      ['no Origin', { origin: '' }],
      ['another port', { origin: 'http://localhost:81' }],
    ])('403 origin_refused: changes nothing for %s, and leaves no trace', async (_what, headers) => {
      const cookie = await cookieOf(user);
      const buy = { body: { tokens_to_purchase: 1000 }, headers };
      const before = (await byCookie(cookie, 'GET /ai-tokens/balance', { headers })).json();
      expect(refusal(await byCookie(cookie, 'POST /ai-tokens/purchase', buy))).toEqual([
        403,
        'origin_refused',
      ]);
      expect((await byCookie(cookie, 'GET /ai-tokens/balance')).json()).toEqual(before);
    });

    it('is no use of the API: what it calls is not counted', async () => {
      const cookie = await cookieOf(user);
      const total = async () =>
        (await byCookie(cookie, 'GET /api-usage/summary')).json().total_calls as number;
      const before = await total();
      const { api_key } = await makeKey(app, tenant_id);
      await app.call('GET /ai-tokens/balance', { key: api_key });
      // The call by key shows up, and with it all that would have been counted before it.
      await expect.poll(total).toBe(before + 1);
    });

    it('may leave out the Origin where the browser itself says same-origin', async () => {
      const cookie = await cookieOf(user);
      const answer = await app.server.inject({
        method: 'POST',
        url: '/api/v1/monetization/ai-tokens/purchase',
        headers: { cookie, 'sec-fetch-site': 'same-origin' },
        payload: { tokens_to_purchase: 1000 },
      });
      expect(answer.statusCode).toBe(201);
    });

    it('is not asked for where a key is sent, good or bad', async () => {
      const cookie = await cookieOf(operator);
      const answer = await byCookie(cookie, 'GET /tenants', {
        headers: { authorization: 'Bearer tally_live_no' },
      });
      expect(refusal(answer)).toEqual([401, 'unauthenticated']);
    });

    it('is nobody’s where its cookie was changed, or its week is over', async () => {
      const cookie = await cookieOf(user);
      const changed = cookie.replace(/(=.)(.)/, (_all, before, one) => before + (one === 'a' ? 'b' : 'a'));
      expect(refusal(await byCookie(changed, 'GET /ai-tokens/balance'))).toEqual([401, 'unauthenticated']);
      await getDb().asOwner((tx) => sql`update sign_in_sessions set expires_at = '2020-01-01'`.execute(tx));
      expect(refusal(await byCookie(cookie, 'GET /ai-tokens/balance'))).toEqual([401, 'unauthenticated']);
      // The next one to sign in takes what has ended out of the table.
      await cookieOf(user);
      const left = await getDb().asOwner((tx) => sql`select 1 from sign_in_sessions`.execute(tx));
      expect(left.rows).toHaveLength(1);
    });

    it('ends with its user', async () => {
      const leaver = await makeUser(tenant_id, 'leaver@harbour.example');
      const cookie = await cookieOf(leaver);
      expect((await byCookie(cookie, 'GET /ai-tokens/balance')).statusCode).toBe(200);
      await app.call(`DELETE /tenants/${tenant_id}/users/${leaver.user_id}`);
      expect(refusal(await byCookie(cookie, 'GET /ai-tokens/balance'))).toEqual([401, 'unauthenticated']);
      expect(refusal(await signIn(leaver))).toEqual([422, 'request_invalid']);
      const { email, password } = leaver;
      expect(refusal(await signIn({ email, password }))).toEqual([401, 'credentials_refused']);
    });
  });

  it('no password, cookie or hash is in the log or readable in the database', async () => {
    const cookie = await cookieOf(user);
    await byCookie(cookie, 'GET /ai-tokens/balance');
    const token = /session_token=([^.]+)/.exec(cookie)?.[1] ?? 'none';
    const log = app.log_lines.join('');
    for (const secret of [user.password, operator.password, token, 'guess', 'ann@harbour.example']) {
      expect(log).not.toContain(secret);
    }
    const stored = await getDb().asOwner((tx) =>
      sql<{ password: string }>`select password from sign_in_accounts`.execute(tx),
    );
    for (const { password } of stored.rows) expect(password).toMatch(/^[0-9a-f]{32}:[0-9a-f]{128}$/);
  });

  it('with the feature off people sign in, and the API is not there', async () => {
    const off = await testApp(getDb(), {
      operator_key: app.operator_key,
      env: { ENABLE_MONETIZATION: 'false' },
    });
    const payload = { email: operator.email, password: operator.password };
    const answer = await off.server.inject({ method: 'POST', url: '/auth/sign-in/email', payload });
    expect(answer.statusCode).toBe(200);
    const api = await off.server.inject({ url: '/api/v1/monetization/tenants' });
    expect(refusal(api)).toEqual([404, 'monetization_disabled']);
    await off.server.close();
  });
});
