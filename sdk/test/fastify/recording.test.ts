import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Host } from './host.ts';

let host: Host;
beforeEach(() => {
  host = new Host();
});
afterEach(() => host.end());

describe('what is recorded', () => {
  test('every finished call once, with the pattern of its route, whoever answered it', async () => {
    await host.start((app, register) => {
      register();
      app.get('/episodes/:id', () => ({ title: 'Fog' }));
      app.post('/episodes', (_request, reply) => reply.code(201).send({}));
      app.get('/boom', () => Promise.reject(new Error('boom')));
      app.get('/teapot', (_request, reply) => reply.code(418).send());
      app.register(
        async (scope) => {
          scope.setErrorHandler((_error, _request, reply) => reply.code(422).send({ handled: true }));
          scope.get('/bad', () => Promise.reject(new Error('bad')));
          scope.delete('/shows/:show_id/episodes/:id', (_request, reply) => reply.code(204).send());
        },
        { prefix: '/v2' },
      );
    });
    await host.fetch('/episodes/12?secret=1');
    await host.fetch('/episodes', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    await host.fetch('/episodes', {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    await host.fetch('/boom');
    await host.fetch('/teapot');
    await host.fetch('/v2/bad');
    await host.fetch('/v2/shows/7/episodes/9', { method: 'DELETE' });
    await host.fetch('/nowhere/at/all');
    expect(await host.recorded()).toEqual([
      'GET /episodes/:id 200',
      'POST /episodes 201',
      'POST /episodes 400',
      'GET /boom 500',
      'GET /teapot 418',
      'GET /v2/bad 422',
      'DELETE /v2/shows/:show_id/episodes/:id 204',
      'GET other 404',
    ]);
    const [event] = host.usage.events;
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}-[0-9a-z]+$/),
      endpoint: '/episodes/:id',
      method: 'GET',
      status_code: 200,
      response_time_ms: expect.any(Number),
      occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(new Set(host.usage.events.map(({ id }) => id)).size).toBe(8);
  });

  test('routes that were there before the plugin, and what an earlier hook refused', async () => {
    await host.start((app, register) => {
      app.addHook('onRequest', async (request, reply) => {
        if (request.headers.authorization === undefined) return reply.code(401).send();
        return undefined;
      });
      app.get('/early', () => 'early');
      register();
      app.get('/late', () => 'late');
    });
    await host.fetch('/early', { headers: { authorization: 'yes' } });
    await host.fetch('/late');
    expect(await host.recorded()).toEqual(['GET /early 200', 'GET /late 401']);
  });

  test('whose call it is, as the host says, and where it fails to say the call counts all the same', async () => {
    await host.start(
      (app, register) => {
        register();
        app.get('/:who', () => '');
      },
      {
        identify: ({ params }) => {
          const { who } = params as { who: string };
          if (who === 'nobody') return undefined;
          if (who === 'broken') throw new Error('no such caller');
          return { tenant_id: `tenant of ${who}`, api_key_id: `key of ${who}`, metadata: { who } };
        },
      },
    );
    for (const who of ['ann', 'nobody', 'broken']) await host.fetch(`/${who}`);
    await host.recorded();
    expect(
      host.usage.events.map(({ tenant_id, api_key_id, metadata }) => [tenant_id, api_key_id, metadata]),
    ).toEqual([
      ['tenant of ann', 'key of ann', { who: 'ann' }],
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });

  test('how long it took and when it was over', async () => {
    let answer: (() => void) | undefined;
    await host.start(
      (app, register) => {
        register();
        app.get('/slow', () => new Promise((resolve) => (answer = () => resolve('at last'))));
      },
      { wallClock: () => Date.UTC(2026, 0, 31, 12) },
    );
    const before = performance.now();
    const response = host.fetch('/slow');
    await expect.poll(() => answer).toBeDefined();
    await expect.poll(() => performance.now() - before).toBeGreaterThan(20);
    answer?.();
    await response;
    await host.recorded();
    const [event] = host.usage.events;
    expect(event?.occurred_at).toBe('2026-01-31T12:00:00.000Z');
    expect(event?.response_time_ms).toBeGreaterThan(1);
    expect(event?.response_time_ms).toBeLessThan(performance.now() - before);
  });
});

describe('what is not recorded', () => {
  test('health, metrics, docs, static files, HEAD, OPTIONS, and what its route or the host says', async () => {
    writeFileSync(join(host.spool_folder, 'logo.txt'), 'logo');
    const skipped = [
      '/health',
      '/health/live',
      '/healthz',
      '/readyz',
      '/livez',
      '/metrics',
      '/docs',
      '/docs/errors',
    ];
    await host.start(
      (app, register) => {
        register();
        for (const path of [...skipped, '/openapi.json']) app.get(path, () => 'ok');
        app.register(fastifyStatic, { root: host.spool_folder, prefix: '/files/' });
        app.register(fastifyStatic, {
          root: host.spool_folder,
          prefix: '/assets/',
          wildcard: false,
          globIgnore: ['usage-*'],
          decorateReply: false,
        });
        app.options('/episodes', () => '');
        app.get('/episodes', () => []);
        app.get('/internal', { config: { tallystick: false } }, () => '');
        app.get('/by-header', () => '');
        // Those that only look like them are counted.
        app.get('/shows/:id/metrics', () => '');
        app.get('/healthy-food', () => '');
      },
      { skip: (request) => request.headers['x-probe'] !== undefined },
    );
    for (const path of [...skipped, '/openapi.json', '/favicon.ico', '/docs/not-there', '/internal']) {
      await host.fetch(path);
    }
    expect(await (await host.fetch('/files/logo.txt')).text()).toBe('logo');
    expect(await (await host.fetch('/assets/logo.txt')).text()).toBe('logo');
    await host.fetch('/episodes', { method: 'HEAD' });
    await host.fetch('/episodes', { method: 'OPTIONS' });
    await host.fetch('/by-header', { headers: { 'x-probe': '1' } });
    for (const path of ['/episodes', '/shows/3/metrics', '/healthy-food?at=/health']) await host.fetch(path);
    expect(await host.recorded()).toEqual([
      'GET /episodes 200',
      'GET /shows/:id/metrics 200',
      'GET /healthy-food 200',
    ]);
  });

  test('but a route that asks for it is, under the name it gives', async () => {
    await host.start((app, register) => {
      register();
      app.get('/files/*', { config: { tallystick: { endpoint: 'downloads' } } }, () => '');
      app.get('/metrics', { config: { tallystick: {} } }, () => '');
    });
    await host.fetch('/files/a/b');
    await host.fetch('/metrics');
    expect(await host.recorded()).toEqual(['GET downloads 200', 'GET /metrics 200']);
  });
});

describe('clients that leave', () => {
  test('before an answer, during one and after one are one call each', async () => {
    let reached = 0;
    await host.start((app, register) => {
      register();
      app.post('/never', () => {
        reached += 1;
        return new Promise(() => undefined);
      });
      app.get('/stream', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200).write('first');
      });
      app.get('/done', () => 'done');
    });
    const waiting = httpRequest(`${host.base_url}/never`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    }).on('error', () => undefined);
    waiting.end('{}');
    await expect.poll(() => reached).toBe(1);
    waiting.destroy();
    await expect.poll(() => host.usage.events.length).toBe(1);

    const reading = httpRequest(`${host.base_url}/stream`).on('error', () => undefined);
    reading.end();
    const [response] = await once(reading, 'response');
    await once(response, 'data');
    response.on('error', () => undefined);
    reading.destroy();
    await expect.poll(() => host.usage.events.length).toBe(2);

    const socket = connect({ port: Number(new URL(host.base_url).port), host: '127.0.0.1' });
    socket.write('GET /done HTTP/1.1\r\nhost: host\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => host.usage.events.length).toBe(3);
    expect(await host.recorded()).toEqual(['POST /never 499', 'GET /stream 200', 'GET /done 200']);
  });
});

describe('Tallystick', () => {
  test('is away: calls are answered, and arrive when it is back', async () => {
    await host.start((app, register) => {
      register();
      app.get('/episodes/:id', () => 'fog');
    });
    await host.usage.stop();
    for (let id = 0; id < 50; id++) expect((await host.fetch(`/episodes/${id}`)).status).toBe(200);
    await host.usage.start();
    await expect.poll(() => host.usage.events.length).toBe(50);
  });

  test('is away when the host closes: its next start delivers', async () => {
    const routes: Parameters<Host['start']>[0] = (app, register) => {
      register();
      app.get('/episodes/:id', () => 'fog');
    };
    await host.start(routes, { recorder_options: { close_deadline_ms: 50 } });
    await host.usage.stop();
    for (let id = 0; id < 20; id++) await host.fetch(`/episodes/${id}`);
    await host.app.close();
    expect(host.usage.events).toEqual([]);
    await host.start(routes);
    await expect.poll(() => host.usage.events.length).toBe(20);
  });

  test('gets what was recorded up to the close of the host, the calls that were under way included', async () => {
    let answer: (() => void) | undefined;
    await host.start(
      (app, register) => {
        register();
        app.get('/slow', () => new Promise((resolve) => (answer = () => resolve('at last'))));
        app.get('/fast', () => '');
      },
      { recorder_options: { batch_wait_ms: 60_000 } },
    );
    await host.fetch('/fast');
    // A connection that is kept alive would keep the server from closing for as long.
    const slow = once(httpRequest(`${host.base_url}/slow`, { agent: false }).end(), 'response');
    await expect.poll(() => answer).toBeDefined();
    const closed = host.app.close();
    // The server has begun to close once it takes no more connections.
    await expect.poll(() => host.app.server.listening).toBe(false);
    answer?.();
    const [[response]] = await Promise.all([slow, closed]);
    expect(response.statusCode).toBe(200);
    expect(await host.recorded()).toEqual(['GET /fast 200', 'GET /slow 200']);
  });

  test('answers errors: what passes is repeated, Retry-After included, and nothing is doubled', async () => {
    await host.start((app, register) => {
      register();
      app.get('/fast', () => '');
    });
    host.usage.answers.push(
      { status: 500 },
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 409, problem: { code: 'request_in_flight', detail: '' } },
      { status: 200, problem: {} },
    );
    for (let call = 0; call < 10; call++) await host.fetch('/fast');
    await expect.poll(() => host.usage.events.length).toBe(10);
    expect(host.usage.answers).toEqual([]);
  });
});
