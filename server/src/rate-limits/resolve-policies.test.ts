import { expect, test } from 'vitest';
import type { PolicyTerms } from './policy.ts';
import { resolvePolicies } from './resolve-policies.ts';

const KEY = '01900000-0000-7000-8000-00000000000a';
const OTHER_KEY = '01900000-0000-7000-8000-00000000000b';

const row = (name: string, terms: Partial<PolicyTerms> = {}): PolicyTerms => ({
  name,
  limit: 10,
  window_seconds: 60,
  cost: 1,
  endpoint: null,
  api_key_id: null,
  on_store_failure: 'local',
  ...terms,
});
const sources = { tenant: [], calls_per_minute: null, platform: [] };
const held = (policies: ReturnType<typeof resolvePolicies>) =>
  policies.map(({ name, level, limit }) => `${name} ${level} ${limit}`);

test('policies of different names hold together, in the order of their names', () => {
  const tenant = [row('hourly'), row('burst')];
  const platform = [row('daily')];
  expect(held(resolvePolicies({ tenant, calls_per_minute: 600, platform }, {}))).toEqual([
    'burst tenant 10',
    'daily default 10',
    'hourly tenant 10',
    'requests_per_minute tier 600',
  ]);
});

test('of one name the nearest holds: key, tenant, tier, route, default', () => {
  const name = 'requests_per_minute';
  const key = row(name, { limit: 1, api_key_id: KEY });
  const tenant = row(name, { limit: 2 });
  const route = row(name, { limit: 4, endpoint: '/x' });
  const any = row(name, { limit: 5 });
  const subject = { api_key_id: KEY, endpoint: '/x' };
  const all = { tenant: [tenant, key], calls_per_minute: 3, platform: [any, route] };
  expect(held(resolvePolicies(all, subject))).toEqual([`${name} key 1`]);
  expect(held(resolvePolicies({ ...all, tenant: [tenant] }, subject))).toEqual([`${name} tenant 2`]);
  expect(held(resolvePolicies({ ...all, tenant: [] }, subject))).toEqual([`${name} tier 3`]);
  const untiered = { ...all, tenant: [], calls_per_minute: null };
  expect(held(resolvePolicies(untiered, subject))).toEqual([`${name} route 4`]);
  expect(held(resolvePolicies({ ...untiered, platform: [any] }, subject))).toEqual([`${name} default 5`]);
  expect(resolvePolicies(sources, subject)).toEqual([]);
});

test('a policy of a key or a route replaces for that key or route only', () => {
  const tenant = [
    row('requests_per_minute', { limit: 1, api_key_id: KEY }),
    row('writes', { limit: 2, endpoint: '/writes' }),
  ];
  const all = { tenant, calls_per_minute: 600, platform: [row('writes', { limit: 9 })] };
  expect(held(resolvePolicies(all, { api_key_id: OTHER_KEY, endpoint: '/reads' }))).toEqual([
    'requests_per_minute tier 600',
    'writes default 9',
  ]);
  expect(held(resolvePolicies(all, { api_key_id: KEY, endpoint: '/writes' }))).toEqual([
    'requests_per_minute key 1',
    'writes tenant 2',
  ]);
  expect(held(resolvePolicies(all, {}))).toEqual(['requests_per_minute tier 600', 'writes default 9']);
});
