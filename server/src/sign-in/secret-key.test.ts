import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../config/index.ts';
import { ensureSecretKey } from './secret-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const embedded = () => ({
  tallystickSecretKey: undefined,
  databaseUrl: undefined,
  tallystickData: join(folder, 'data'),
});

test('a key is made once, for its owner alone, and found again', () => {
  const key = ensureSecretKey(embedded());
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(ensureSecretKey(embedded())).toBe(key);
  const file = join(folder, 'data/secret-key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8').trim()).toBe(key);
  expect(readdirSync(join(folder, 'data'))).toEqual(['secret-key']);
});

test('the variable comes first, and leaves no file', () => {
  const tallystickSecretKey = 'the-key-of-the-environment-0123456789';
  expect(ensureSecretKey({ ...embedded(), tallystickSecretKey })).toBe(tallystickSecretKey);
  expect(readdirSync(folder)).toEqual([]);
});

test('with DATABASE_URL the variable is asked for by name', () => {
  const config = { ...embedded(), databaseUrl: 'postgres://somewhere' };
  expect(() => ensureSecretKey(config)).toThrow(ConfigError);
  expect(() => ensureSecretKey(config)).toThrow(/^TALLYSTICK_SECRET_KEY is not set/);
});

test('a file that holds something else is no key', () => {
  ensureSecretKey(embedded());
  writeFileSync(join(folder, 'data/secret-key'), 'short');
  expect(() => ensureSecretKey(embedded())).toThrow(/^TALLYSTICK_SECRET_KEY .* holds no key$/);
});
