import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDashboard, tallystickPlugin } from '../../src/http/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type DemoApp, demoApp } from './demo-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-dashboard-'));
const script = 'console.log("a script that is worth compressing");'.repeat(20);

/** A built dashboard in small. */
function writeDashboard(): void {
  const assets = join(folder, 'assets');
  mkdirSync(assets);
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="./assets/index-1a2b.js"></script>');
  writeFileSync(join(assets, 'index-1a2b.js'), script);
  writeFileSync(join(assets, 'index-1a2b.js.br'), brotliCompressSync(script));
  writeFileSync(join(assets, 'index-1a2b.js.gz'), gzipSync(script));
  writeFileSync(join(assets, 'inter.woff2'), 'a font');
}

describeOnEachDatabase('the dashboard over HTTP', (getDb) => {
  let app: DemoApp;
  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeDashboard();
    app = await demoApp(getDb(), { dashboard: readDashboard(folder) });
  });
  afterAll(async () => {
    await app.server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const get = (url: string, headers: Record<string, string> = {}) => app.server.inject({ url, headers });

  it.each(['/', '/dashboard'])('%s leads to it', async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/dashboard/']);
  });

  it.each(['/dashboard/', '/dashboard/sign-in', '/dashboard/a/deep/link?tenant=x'])(
    '%s is the page, asked for anew each time and under a strict policy',
    async (url) => {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.body).toContain('src="/dashboard/assets/index-1a2b.js"');
      expect(answer.headers['cache-control']).toBe('no-cache');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-");
      // Of e-mails in the outbox: styles of elements, and no script or style sheet but ours.
      expect(policy).toContain("style-src-attr 'unsafe-inline';");
      expect(policy.match(/unsafe/g)).toHaveLength(1);
      expect(policy).toContain("frame-ancestors 'none'");
      const again = await get(url, { 'if-none-match': String(answer.headers.etag) });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    },
  );

  it('files are for ever, and come compressed to who takes it', async () => {
    const url = '/dashboard/assets/index-1a2b.js';
    const plain = await get(url);
    expect([plain.body, plain.headers['content-encoding']]).toEqual([script, undefined]);
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    const brotli = await get(url, { 'accept-encoding': 'gzip, deflate, br' });
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(script);
    const gzip = await get(url, { 'accept-encoding': 'gzip;q=0.5, br;q=0' });
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(script);
    const font = await get('/dashboard/assets/inter.woff2', { 'accept-encoding': 'br' });
    expect([font.body, font.headers['content-type']]).toEqual(['a font', 'font/woff2']);
  });

  it.each([
    '/dashboard/assets/none.js',
    '/dashboard/assets/../../package.json',
    '/dashboard/assets/index-1a2b.js.br',
  ])('404: %s is no file of it', async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'route_not_found']);
  });

  it('lives below the prefix of a host that mounts it, and leaves the host its own root', async () => {
    const host = Fastify();
    await host.register(tallystickPlugin, {
      prefix: '/tally',
      services: app.services,
      routes: [],
      config: app.config,
      dashboard: readDashboard(folder),
    });
    const answer = await host.inject({ url: '/tally/dashboard/' });
    expect(answer.body).toContain('src="/tally/dashboard/assets/index-1a2b.js"');
    expect((await host.inject({ url: '/tally/dashboard' })).headers.location).toBe('/tally/dashboard/');
    expect((await host.inject({ url: '/' })).statusCode).toBe(404);
    await host.close();
  });

  it('is not there where it was not built', async () => {
    const without = await demoApp(getDb());
    expect((await without.server.inject({ url: '/dashboard/' })).statusCode).toBe(404);
    await without.server.close();
  });
});
