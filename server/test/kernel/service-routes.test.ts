import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorRegistry } from '../../src/errors/index.ts';
import { closeServer, tallystickPlugin } from '../../src/http/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type DemoApp, demoApp } from './demo-app.ts';
import { demoRoutes } from './demo-routes.ts';

const api = '/api/v1/monetization';

describeOnEachDatabase('what surrounds the API', (getDb) => {
  let app: DemoApp;
  beforeAll(async () => {
    app = await demoApp(getDb());
  });
  afterAll(() => app.server.close());

  it('hides every API route while the flag is off, and nothing else', async () => {
    const config = { enableMonetization: false, version: '0.0.0' };
    const off = await demoApp(getDb(), { config, logLevel: 'silent' });
    const requests: [string, string][] = [
      ['GET', `${api}/notes`],
      ['POST', `${api}/notes`],
      ['GET', `${api}/no-such-route`],
      ['DELETE', api],
      ['OPTIONS', `${api}/notes`],
      ['GET', `${api}/%ff`],
    ];
    for (const [method, url] of requests) {
      for (const authorization of ['', `Bearer ${off.keys.operator}`]) {
        const headers = { authorization, 'content-type': 'text/xml' };
        const answer = await off.server.inject({ method: method as 'GET', url, headers });
        expect([url, answer.statusCode, answer.json().code]).toEqual([url, 404, 'monetization_disabled']);
      }
    }
    for (const url of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/errors']) {
      expect([url, (await off.server.inject({ url })).statusCode]).toEqual([url, 200]);
    }
    await off.server.close();
  });

  it('takes a sane request id over and makes one otherwise', async () => {
    const sent = async (id: string) =>
      (await app.server.inject({ url: '/healthz', headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await sent('trace-1.a:b_c')).toBe('trace-1.a:b_c');
    for (const insane of ['', 'a b', 'x'.repeat(129), '"quoted"', '{}']) {
      expect(await sent(insane)).toMatch(/^[\w-]{20}$/);
    }
  });

  it('counts requests by pattern and says so in Prometheus format', async () => {
    const headers = { authorization: `Bearer ${app.keys.read}` };
    await app.server.inject({ url: `${api}/notes/${app.tenants.seller}?x=1`, headers });
    const { body, headers: answered } = await app.server.inject({ url: '/metrics' });
    expect(answered['content-type']).toContain('text/plain');
    expect(body).toContain(
      'tallystick_http_requests_total{method="GET",route="/api/v1/monetization/notes/:note_id",status="422"} 1',
    );
    expect(body).toContain('process_cpu_seconds_total');
    expect(body).not.toContain(app.tenants.seller);
  });

  it('logs one line a request, with its id and without secrets', async () => {
    app.logLines.length = 0;
    const key = app.keys.write;
    const headers = { authorization: `Bearer ${key}`, 'x-request-id': 'logged', cookie: 'session=hush' };
    const payload = { title: 'huge', metadata: { password: 'hush' } };
    await app.server.inject({ method: 'POST', url: `${api}/notes?api_key=${key}`, headers, payload });
    await app.server.inject({ method: 'POST', url: `${api}/notes`, headers, payload });
    await app.server.inject({ url: `/${key}`, headers });
    app.server.log.error({
      err: new Error(`with ${key}`),
      deep: { er: { api_key: 'hush', authorization: 'Bearer "hush' } },
    });
    const lines = app.logLines.map((line) => JSON.parse(line));
    expect(lines.filter((line) => line.msg === 'request' && line.request_id === 'logged')).toHaveLength(3);
    expect(lines.filter((line) => line.level === 'error')).toHaveLength(2);
    expect(app.logLines.join('')).not.toMatch(/hush|tally_live_demo/);
  });

  it('serves a page for every error code, styled under its own strict policy', async () => {
    const index = await app.server.inject({ url: '/docs/errors' });
    for (const code of Object.keys(errorRegistry)) {
      expect(index.body).toContain(`href="/docs/errors/${code}"`);
      const page = await app.server.inject({ url: `/docs/errors/${code}` });
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(page.body).toContain('prefers-color-scheme: dark');
    }
  });

  it('serves /docs from this host alone, without inline code', async () => {
    for (const url of ['/docs', '/docs/']) {
      const page = await app.server.inject({ url });
      const policy = String(page.headers['content-security-policy']);
      expect(policy).not.toMatch(/https?:|unsafe|\*/);
      expect(page.body).not.toMatch(/<style|<script>|\bon\w+=|style="|https?:\/\//);
      for (const [, link = ''] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const target = new URL(link, 'http://localhost/docs/').pathname;
        expect([target, (await app.server.inject({ url: target })).statusCode]).toEqual([target, 200]);
      }
    }
  });

  it('describes every route in OpenAPI 3.1', async () => {
    const document = (await app.server.inject({ url: '/openapi.json' })).json();
    expect(document.openapi).toBe('3.1.0');
    const create = document.paths[`${api}/notes`].post;
    expect(create.operationId).toBe('create_note');
    expect(create.parameters.map((parameter: { name: string }) => parameter.name)).toEqual([
      'Tallystick-Tenant',
      'Idempotency-Key',
    ]);
    expect(create.requestBody.content['application/json'].schema).toMatchObject({
      type: 'object',
      required: ['title'],
      additionalProperties: false,
      properties: { due_at: { type: 'string', format: 'date-time' }, metadata: { type: 'object' } },
    });
    expect(create.responses['422'].content['application/problem+json']).toEqual({
      schema: { $ref: '#/components/schemas/Problem' },
    });
    expect(create['x-error-codes']).toContain('idempotency_key_reused');
    const limit = document.paths[`${api}/notes`].get.parameters[0];
    expect(limit).toMatchObject({ name: 'limit', in: 'query', required: false });
    expect(limit.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 200, default: 50 });
    expect(document.paths[`${api}/notes/{note_id}`].get.parameters[0].schema).toMatchObject({
      format: 'uuid',
    });
    expect(document.paths[`${api}/notes/{note_id}`].delete.responses['204'].content).toBeUndefined();
  });

  it('mounts in a host under a prefix and leaves the host alone', async () => {
    const host = Fastify();
    host.get('/own', () => 'own');
    host.post('/own', (request) => request.body);
    const { services, config } = app;
    await host.register(tallystickPlugin, { services, config, routes: demoRoutes, prefix: '/billing' });
    expect((await host.inject({ url: '/own' })).headers['x-request-id']).toBeUndefined();
    const text = { 'content-type': 'text/plain' };
    expect((await host.inject({ method: 'POST', url: '/own', headers: text, payload: 'x' })).body).toBe('x');
    expect((await host.inject({ url: '/nope' })).json()).toMatchObject({ error: 'Not Found' });
    const refused = await host.inject({ url: `/billing${api}/notes` });
    expect([refused.statusCode, refused.json().type]).toEqual([401, '/billing/docs/errors/unauthenticated']);
    expect((await host.inject({ url: refused.json().type })).statusCode).toBe(200);
    expect((await host.inject({ url: `/billing${api}/nope` })).json().code).toBe('route_not_found');
    const headers = { authorization: `Bearer ${app.keys.read}` };
    expect((await host.inject({ url: `/billing${api}/notes`, headers })).statusCode).toBe(200);
    await host.close();
  });

  it('closes at once with idle connections open, and finishes what is under way', async () => {
    const closing = await demoApp(getDb(), { logLevel: 'silent' });
    let started = () => {};
    let finish = () => {};
    const isStarted = new Promise<void>((resolve) => (started = resolve));
    const mayFinish = new Promise<void>((resolve) => (finish = resolve));
    closing.server.get('/slow', async () => {
      started();
      await mayFinish;
      return 'finished';
    });
    await closing.server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = closing.server.server.address() as { port: number };
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const busy = fetch(`http://127.0.0.1:${port}/slow`);
    await isStarted;
    const closed = closeServer(closing.server);
    await once(idle, 'close');
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    finish();
    expect(await (await busy).text()).toBe('finished');
    expect(await closed).toBe(true);
  });

  it('cuts off what does not finish before the deadline', async () => {
    const stuck = await demoApp(getDb(), { logLevel: 'silent' });
    let started = () => {};
    const isStarted = new Promise<void>((resolve) => (started = resolve));
    stuck.server.get('/stuck', () => {
      started();
      return new Promise(() => {});
    });
    await stuck.server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = stuck.server.server.address() as { port: number };
    const busy = fetch(`http://127.0.0.1:${port}/stuck`).catch(() => 'cut');
    await isStarted;
    expect(await closeServer(stuck.server, 100)).toBe(false);
    expect(await busy).toBe('cut');
  });
});
