import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal } from '../tenants/tenant-fixtures.ts';

describeOnEachDatabase('the users of a tenant', (getDb) => {
  let app: TestApp;
  let tenant_id: string;
  let seller_id: string;
  beforeAll(async () => {
    app = await testApp(getDb());
    seller_id = await makeTenant(app, { tier_name: 'agency' });
    tenant_id = await makeTenant(app, {}, { headers: { 'tallystick-tenant': seller_id } });
  });
  afterAll(() => app.server.close());
  let made = 0;
  const email = () => `user-${++made}@users.example`;
  const create = (body: object, more: { key?: string; headers?: Record<string, string> } = {}) =>
    app.call(`POST /tenants/${tenant_id}/users`, { body, ...more });

  it('201: with a password that is shown once and opens a session', async () => {
    const answer = await create({ email: 'Bea@Users.Example', name: 'Bea' });
    expect(answer.statusCode).toBe(201);
    const { password, ...user } = answer.json();
    expect(user).toEqual({
      user_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      tenant_id,
      name: 'Bea',
      email: 'bea@users.example',
      created_at: app.clock.now().toISOString(),
    });
    expect(password).toMatch(/^([2-9a-hjkmnp-z]{5}-){3}[2-9a-hjkmnp-z]{5}$/);
    const payload = { email: user.email, password };
    const session = await app.server.inject({ method: 'POST', url: '/auth/sign-in/email', payload });
    expect(session.json().session).toMatchObject({ user_id: user.user_id, tenant_id, operator: false });
    const listed = await app.call(`GET /tenants/${tenant_id}/users`);
    expect(listed.json().data).toContainEqual(user);
    expect(listed.body).not.toContain(password);
  });

  it('a user of the root is an operator', async () => {
    const root = '01900000-0000-7000-8000-000000000001';
    const { password, email: address } = (
      await app.call(`POST /tenants/${root}/users`, { body: { email: email() } })
    ).json();
    const payload = { email: address, password };
    const answer = await app.server.inject({ method: 'POST', url: '/auth/sign-in/email', payload });
    expect(answer.json().session).toMatchObject({ tenant_id: root, operator: true });
  });

  it('201: a repeat under its Idempotency-Key makes nobody else, and leaves out the password', async () => {
    const headers = { 'idempotency-key': 'user-once' };
    const body = { email: email() };
    const first = await create(body, { headers });
    const again = await create(body, { headers });
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true']);
    const { password: _password, ...rest } = first.json();
    expect(again.json()).toEqual(rest);
    expect(refusal(await create({ email: email() }, { headers }))).toEqual([422, 'idempotency_key_reused']);
  });

  it('409 email_taken: whoever has it, and the key is free for another try', async () => {
    const address = email();
    await create({ email: address });
    const headers = { 'idempotency-key': 'user-taken' };
    expect(refusal(await create({ email: address.toUpperCase() }, { headers }))).toEqual([
      409,
      'email_taken',
    ]);
    const elsewhere = await app.call(`POST /tenants/${seller_id}/users`, { body: { email: address } });
    expect(refusal(elsewhere)).toEqual([409, 'email_taken']);
    expect((await create({ email: email() }, { headers })).statusCode).toBe(201);
  });

  it('409 users_too_many: beyond 200 of a tenant', async () => {
    const crowded = await makeTenant(app);
    const now = app.clock.now();
    await getDb().asOwner(async (tx) => {
      const { sql } = await import('kysely');
      await sql`insert into sign_in_users (id, owner_id, name, email, email_verified, created_at, updated_at)
        select gen_random_uuid(), ${crowded}, 'Crowd', 'crowd-' || n || '@users.example', false, ${now}, ${now}
        from generate_series(1, 200) n`.execute(tx);
    });
    const answer = await app.call(`POST /tenants/${crowded}/users`, { body: { email: email() } });
    expect(refusal(answer)).toEqual([409, 'users_too_many']);
    const pages = await app.call(`GET /tenants/${crowded}/users?limit=150`);
    const rest = await app.call(`GET /tenants/${crowded}/users?limit=150&cursor=${pages.json().next_cursor}`);
    expect([pages.json().data.length, rest.json().data.length, rest.json().next_cursor]).toEqual([
      150,
      50,
      null,
    ]);
  });

  it('a seller has a hand in the users of those it sells to, and a stranger has none', async () => {
    const seller = (await makeKey(app, seller_id)).api_key;
    expect((await create({ email: email() }, { key: seller })).statusCode).toBe(201);
    const stranger = (await makeKey(app, await makeTenant(app))).api_key;
    expect(refusal(await create({ email: email() }, { key: stranger }))).toEqual([404, 'not_found']);
  });

  it('204: gone, once, and only from its own tenant', async () => {
    const { user_id } = (await create({ email: email() })).json();
    expect(refusal(await app.call(`DELETE /tenants/${seller_id}/users/${user_id}`))).toEqual([
      404,
      'not_found',
    ]);
    const gone = await app.call(`DELETE /tenants/${tenant_id}/users/${user_id}`);
    expect([gone.statusCode, gone.body]).toEqual([204, '']);
    expect(refusal(await app.call(`DELETE /tenants/${tenant_id}/users/${user_id}`))).toEqual([
      404,
      'not_found',
    ]);
  });
});
