import { expect, test } from 'vitest';
import { Breaker } from './breaker.ts';

test('opens after three failures in a row, and then lets one call a second try', () => {
  let now_ms = 0;
  const breaker = new Breaker(() => now_ms);
  expect([breaker.failed(), breaker.failed()]).toEqual([false, false]);
  breaker.succeeded();
  expect([breaker.failed(), breaker.failed(), breaker.mayAsk()]).toEqual([false, false, true]);
  expect([breaker.failed(), breaker.mayAsk()]).toEqual([true, false]);
  now_ms = 999;
  expect(breaker.mayAsk()).toBe(false);
  now_ms = 1000;
  expect([breaker.mayAsk(), breaker.mayAsk()]).toEqual([true, false]);
  expect([breaker.failed(), breaker.mayAsk()]).toEqual([false, false]);
  now_ms = 2000;
  expect(breaker.mayAsk()).toBe(true);
  breaker.succeeded();
  expect([breaker.mayAsk(), breaker.mayAsk()]).toEqual([true, true]);
});
