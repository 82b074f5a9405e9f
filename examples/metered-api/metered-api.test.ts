import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tallystick } from '@tallystick/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedProgram, startProgram } from '../started-program.ts';

const root = join(import.meta.dirname, '../..');
const operator_key = 'operator-key-of-the-metered-api-0001';
const data = mkdtempSync(join(tmpdir(), 'tallystick-metered-'));
const spool_folder = join(data, 'spool');
const server_env = {
  ENABLE_MONETIZATION: 'true',
  TALLYSTICK_DATA: join(data, 'server'),
  TALLYSTICK_OPERATOR_KEY: operator_key,
  DATABASE_URL: '',
  LOG_LEVEL: 'warn',
};

let server: StartedProgram;
let tenant_id: string;

function startServer(port: string): Promise<StartedProgram> {
  return startProgram([join(root, 'server/bin/tallystick.js'), 'serve'], { ...server_env, PORT: port });
}

const examples: StartedProgram[] = [];

async function startExample(): Promise<StartedProgram> {
  const program = join(import.meta.dirname, 'metered-api.ts');
  const example = await startProgram(['--conditions=tallystick-source', program], {
    TALLYSTICK_URL: server.address,
    TALLYSTICK_KEY: operator_key,
    PRODUCT_KEYS: `studio-key=${tenant_id}`,
    SPOOL_FOLDER: spool_folder,
    PORT: '0',
  });
  examples.push(example);
  return example;
}

beforeAll(async () => {
  server = await startServer('0');
  const operator = new Tallystick({ base_url: server.address, api_key: operator_key });
  tenant_id = (await operator.createTenant({ name: 'North Star Audio' })).tenant_id;
});
afterAll(async () => {
  await Promise.all([...examples, server].map((program) => program.end()));
  rmSync(data, { recursive: true, force: true });
});

async function call({ address }: StartedProgram, path: string, key = 'studio-key'): Promise<number> {
  const response = await fetch(address + path, { headers: { authorization: `Bearer ${key}` } });
  await response.arrayBuffer();
  return response.status;
}

async function summary(): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.address}/api/v1/monetization/api-usage/summary?group_by=endpoint`, {
    headers: { authorization: `Bearer ${operator_key}`, 'tallystick-tenant': tenant_id },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

test('the calls of a customer arrive in its summary, and no others', async () => {
  const example = await startExample();
  for (let index = 0; index < 5; index++) expect(await call(example, '/shows/12')).toBe(200);
  for (let index = 0; index < 2; index++) expect(await call(example, '/shows/12/downloads')).toBe(200);
  expect(await call(example, '/shows/99')).toBe(404);
  expect(await call(example, '/shows/12', 'of nobody')).toBe(401);
  expect(await call(example, '/healthz')).toBe(200);
  expect(await example.end()).toBe(0);

  expect(await summary()).toMatchObject({
    total_calls: 8,
    successful_calls: 7,
    failed_calls: 1,
    billable_calls: 0,
    cost: '0.00',
    currency: 'USD',
  });
  expect((await summary()).groups).toHaveLength(2);
});

test('calls made while Tallystick is away arrive after it, and the product, were started again', async () => {
  const example = await startExample();
  const { port } = new URL(server.address);
  await server.end();
  for (let index = 0; index < 20; index++) expect(await call(example, '/shows/12')).toBe(200);
  await example.end();
  expect(readdirSync(spool_folder).some((name) => name.startsWith('usage-'))).toBe(true);

  server = await startServer(port);
  const again = await startExample();
  await expect.poll(async () => (await summary()).total_calls, { timeout: 10_000 }).toBe(28);
  expect(await again.end()).toBe(0);
});
