import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { hasEngine, makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { runTallystick, spawnTallystick, type Tallystick } from './spawn-tallystick.ts';

// Each test starts several processes, and a busy machine takes its time over that.
vi.setConfig({ testTimeout: 120_000 });

const listening = /listening on (http:\/\/\S+)\n/;
const anyKey = /tally_live_\w+/;
const TALLYSTICK_SECRET_KEY = 'a-secret-key-of-the-tests-0123456789';

let database: TestDatabase;
let folder: string;
let env: Record<string, string>;
const running: Tallystick[] = [];

beforeEach(async () => {
  database = await makeTestDatabase('pglite');
  folder = database.options.data_folder;
  env = { TALLYSTICK_DATA: folder, PORT: '0', ENABLE_MONETIZATION: 'true', LOG_LEVEL: 'warn' };
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await database.remove();
});

async function serve(more: Record<string, string> = {}): Promise<Tallystick & { address: string }> {
  const server = spawnTallystick(['serve'], { ...env, ...more });
  running.push(server);
  const [, address = ''] = await server.said(listening);
  return { ...server, address };
}

const listTenants = (address: string, key: string | undefined) =>
  fetch(`${address}/api/v1/monetization/tenants`, { headers: { authorization: `Bearer ${key}` } });

async function keyOf(server: Tallystick): Promise<string> {
  return (await server.said(anyKey))[0];
}

describe('serve on the embedded database', () => {
  test('prints an operator key once, says exactly where it listens, and stops within 10 s with code 0', async () => {
    const first = await serve();
    const key = await keyOf(first);
    expect((await listTenants(first.address, key)).status).toBe(200);
    expect(await (await fetch(`${first.address}/readyz`)).json()).toEqual({
      ready: true,
      checks: { database: 'ok', migrations: 'applied' },
    });
    first.child.kill('SIGTERM');
    // A second one does not cut the flush.
    first.child.kill('SIGTERM');
    const { code, stdout, stderr } = await first.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').filter((line) => line.startsWith('listening on '))).toEqual([
      `listening on ${first.address}`,
    ]);
    expect(existsSync(join(folder, 'control.sock'))).toBe(false);

    const second = await serve();
    expect((await listTenants(second.address, key)).status).toBe(200);
    second.child.kill('SIGINT');
    const again = await second.ended;
    expect([again.code, anyKey.test(again.stdout)]).toEqual([0, false]);
  });

  test('prints an operator’s sign-in once, keeps the secret key for its owner, and serves the dashboard', async () => {
    const first = await serve();
    const [, email = '', password = ''] = await first.said(/operator sign-in, .* only now: (\S+) (\S+)\n/);
    await first.said(/dashboard at http:\/\/\S+\/dashboard\/\n/);
    expect((await fetch(`${first.address}/dashboard/`)).status).toBe(200);
    const signIn = (address: string) =>
      fetch(`${address}/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
    const session = await signIn(first.address);
    expect(session.status).toBe(200);
    const file = join(folder, 'secret-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    first.child.kill('SIGTERM');
    const { stdout } = await first.ended;
    expect(stdout).not.toContain(readFileSync(file, 'utf8').trim());

    const second = await serve();
    // The session outlives the restart, because the key does.
    const cookie = String(session.headers.get('set-cookie')).split(';')[0] ?? '';
    const again = await fetch(`${second.address}/auth/get-session`, { headers: { cookie } });
    expect(await again.json()).toMatchObject({ session: { email, operator: true } });
    second.child.kill('SIGTERM');
    expect((await second.ended).stdout).not.toContain('operator sign-in');
  });

  test('is alone in its folder, and says so in one line', async () => {
    await serve();
    const second = await runTallystick(['serve'], env);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^tallystick: .* is in use by another Tallystick process.*\n$/);
  });

  test('lets other commands work through its socket, which is its owner’s alone', async () => {
    const server = await serve();
    expect(statSync(join(folder, 'control.sock')).mode & 0o777).toBe(0o600);
    const operator = await runTallystick(['keys', 'create', '--operator'], env);
    expect([operator.code, operator.stderr]).toEqual([0, expect.stringContaining('read, write, admin')]);
    expect(operator.stdout).toMatch(/^tally_live_\w+\n$/);
    const key = operator.stdout.trim();
    const made = await fetch(`${server.address}/api/v1/monetization/tenants`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"name":"Studio"}',
    });
    const { tenant_id } = (await made.json()) as { tenant_id: string };
    const tenant = await runTallystick(['keys', 'create', '--tenant', tenant_id, '--scopes', 'read'], env);
    expect((await listTenants(server.address, tenant.stdout.trim())).status).toBe(200);
    const nobody = await runTallystick(
      ['keys', 'create', '--tenant', '01900000-0000-7000-8000-00000000dead'],
      env,
    );
    expect([nobody.code, nobody.stderr]).toEqual([1, 'tallystick: No such tenant.\n']);
    expect(await runTallystick(['migrate'], env)).toEqual({
      code: 0,
      stdout: 'nothing to apply: the database is up to date\n',
      stderr: '',
    });
    expect((await runTallystick(['audit'], env)).code).toBe(0);
  });

  test('backs up beside the server, relative to whoever asks, and restores into an empty folder', async () => {
    const server = await serve();
    const key = await keyOf(server);
    const elsewhere = mkdtempSync(join(tmpdir(), 'tallystick-backup-'));
    try {
      const backup = await runTallystick(['backup', 'today.backup'], env, elsewhere);
      expect([backup.code, backup.stderr]).toEqual([0, '']);
      const again = await runTallystick(['backup', 'today.backup'], env, elsewhere);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('exists already')]);
      const held = await runTallystick(['restore', 'today.backup'], env, elsewhere);
      expect([held.code, held.stderr]).toEqual([1, expect.stringMatching(/^tallystick: .*in use.*\n$/)]);
      server.child.kill('SIGTERM');
      await server.ended;
      const full = await runTallystick(['restore', 'today.backup'], env, elsewhere);
      expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('holds a database already')]);
      env = { ...env, TALLYSTICK_DATA: join(elsewhere, 'data') };
      const restored = await runTallystick(['restore', 'today.backup'], env, elsewhere);
      expect([restored.code, restored.stderr]).toEqual([0, '']);
      const second = await serve();
      expect((await listTenants(second.address, key)).status).toBe(200);
      second.child.kill('SIGTERM');
      await second.ended;
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  test('a killed server leaves a socket that stands in nobody’s way', async () => {
    const server = await serve();
    server.child.kill('SIGKILL');
    await server.ended;
    expect(existsSync(join(folder, 'control.sock'))).toBe(true);
    const key = (await runTallystick(['keys', 'create', '--operator'], env)).stdout.trim();
    const second = await serve();
    expect((await listTenants(second.address, key)).status).toBe(200);
    expect((await runTallystick(['audit', '--json'], env)).code).toBe(0);
  });

  test('the test clock survives a restart, and the CLI goes by it', async () => {
    env = { ...env, TALLYSTICK_TEST_CLOCK: 'true' };
    const first = await serve();
    const key = await keyOf(first);
    const moved = await fetch(`${first.address}/api/v1/monetization/test-clock/advance`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ seconds: 10 * 365 * 86_400 }),
    });
    const { now } = (await moved.json()) as { now: string };
    first.child.kill('SIGTERM');
    await first.ended;
    await runTallystick(['keys', 'create', '--operator', '--name', 'later'], env);
    const second = await serve();
    const root = '01900000-0000-7000-8000-000000000001';
    const listed = await fetch(`${second.address}/api/v1/monetization/tenants/${root}/api-keys`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { data } = (await listed.json()) as { data: { name: string; created_at: string }[] };
    const later = data.find(({ name }) => name === 'later');
    expect(later && later.created_at >= now).toBe(true);
  });

  test('with the feature off it is up, and every route of the API is not there', async () => {
    const { address } = await serve({ ENABLE_MONETIZATION: 'false' });
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    const answer = await listTenants(address, undefined);
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'monetization_disabled' }]);
  });

  test('an error that nobody caught is logged, and ends it in order with code 1', async () => {
    const trip = "process.on('SIGUSR2', () => { Promise.reject(new Error('tripped')); });";
    const server = await serve({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(trip)}` });
    server.child.kill('SIGUSR2');
    const { code, stdout } = await server.ended;
    expect([code, stdout]).toEqual([1, expect.stringContaining('tripped')]);
    expect(existsSync(join(folder, 'control.sock'))).toBe(false);
  });

  test.skipIf(!networkInterfaces().lo?.some(({ address }) => address === '::1'))(
    'puts IPv6 in brackets',
    async () => {
      const { address } = await serve({ HOST: '::1' });
      expect(address).toMatch(/^http:\/\/\[::1\]:\d+$/);
      expect((await fetch(`${address}/healthz`)).status).toBe(200);
    },
  );
});

describe('serve on PostgreSQL', () => {
  test.skipIf(!hasEngine('postgres'))(
    'works with nothing but DATABASE_URL and its secret key changed',
    async () => {
      const postgres = await makeTestDatabase('postgres');
      try {
        env = { ...env, DATABASE_URL: postgres.options.database_url ?? '', TALLYSTICK_SECRET_KEY };
        const server = await serve();
        const key = (await runTallystick(['keys', 'create', '--operator'], env)).stdout.trim();
        expect((await listTenants(server.address, key)).status).toBe(200);
        const backup = await runTallystick(['backup', 'file'], env, tmpdir());
        expect([backup.code, backup.stderr]).toEqual([1, expect.stringContaining('PostgreSQL')]);
        server.child.kill('SIGTERM');
        expect((await server.ended).code).toBe(0);
      } finally {
        await postgres.remove();
      }
    },
  );
});

describe('two servers on one PostgreSQL', () => {
  test.skipIf(!hasEngine('postgres'))('have one time: the other one follows an advance', async () => {
    const postgres = await makeTestDatabase('postgres');
    try {
      env = {
        ...env,
        DATABASE_URL: postgres.options.database_url ?? '',
        TALLYSTICK_SECRET_KEY,
        TALLYSTICK_TEST_CLOCK: 'true',
      };
      const first = await serve();
      const authorization = `Bearer ${await keyOf(first)}`;
      const second = await serve();
      const moved = await fetch(`${first.address}/api/v1/monetization/test-clock/advance`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ seconds: 86_400 }),
      });
      const { now } = (await moved.json()) as { now: string };
      const timeOfSecond = async () => {
        const accounts = await fetch(`${second.address}/api/v1/monetization/ledger/accounts`, {
          headers: { authorization },
        });
        return ((await accounts.json()) as { at: string }).at;
      };
      await expect.poll(async () => (await timeOfSecond()) >= now, { timeout: 10_000 }).toBe(true);
      for (const { child, ended } of running.splice(0)) {
        child.kill('SIGTERM');
        expect((await ended).code).toBe(0);
      }
    } finally {
      await postgres.remove();
    }
  });
});

describe('says in one line and exits 1', () => {
  test.skipIf(!hasEngine('postgres'))('that DATABASE_URL asks for a secret key', async () => {
    const postgres = await makeTestDatabase('postgres');
    try {
      const DATABASE_URL = postgres.options.database_url ?? '';
      const { code, stderr } = await runTallystick(['serve'], { ...env, DATABASE_URL });
      expect([code, stderr]).toEqual([
        1,
        'tallystick: TALLYSTICK_SECRET_KEY is not set; with DATABASE_URL it takes 32 to 512 printable ASCII characters without spaces\n',
      ]);
    } finally {
      await postgres.remove();
    }
  });

  const holder = createServer();
  let taken: number;
  beforeAll(async () => {
    holder.listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    taken = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(() => void holder.close());

  test('that the port is busy', async () => {
    const { code, stderr } = await runTallystick(['serve'], { ...env, PORT: String(taken) });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^tallystick: PORT \d+ on 127\.0\.0\.1 is in use.*\n$/),
    ]);
  });

  test('that the host is not here', async () => {
    const { code, stderr } = await runTallystick(['serve'], { ...env, HOST: '192.0.2.1' });
    expect([code, stderr]).toEqual([1, 'tallystick: HOST 192.0.2.1 is no address of this machine\n']);
  });

  test('that PostgreSQL does not answer', async () => {
    const DATABASE_URL = `postgres://nobody:secret-word@127.0.0.1:1/none`;
    const { code, stderr } = await runTallystick(['serve'], { ...env, DATABASE_URL });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^tallystick: the database is not available: .*\n$/),
    ]);
    expect(stderr).not.toContain('secret-word');
  });

  test('that the operator key is mistyped', async () => {
    const TALLYSTICK_OPERATOR_KEY = `tally_live_${'0'.repeat(33)}_000000`;
    const { code, stderr } = await runTallystick(['serve'], { ...env, TALLYSTICK_OPERATOR_KEY });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^tallystick: TALLYSTICK_OPERATOR_KEY .*mistyped.*\n$/),
    ]);
  });

  test('that a backup is none', async () => {
    const file = join(folder, 'not-a-backup');
    writeFileSync(file, 'nothing');
    const empty = { ...env, TALLYSTICK_DATA: join(folder, 'empty') };
    const { code, stderr } = await runTallystick(['restore', file], empty);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^tallystick: .* is not a Tallystick backup.*\n$/),
    ]);
    const missing = await runTallystick(['restore', join(folder, 'missing')], empty);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringMatching(/^tallystick: ENOENT.*missing.*\n$/),
    ]);
  });
});
