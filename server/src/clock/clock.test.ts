import { describe, expect, test } from 'vitest';
import { newId, ROOT_TENANT_ID } from '../id/index.ts';
import { OffsetClock, systemClock } from './index.ts';

const alice = newId(new Date(1));
const bob = newId(new Date(2));

describe('the system clock', () => {
  test('holds its last value while the wall clock was set back', () => {
    const wall = [1000, 1005, 900, 1004, 1006];
    const clock = systemClock(() => wall.shift() ?? 0);
    expect(Array.from({ length: 5 }, () => clock.now().getTime())).toEqual([1000, 1005, 1005, 1005, 1006]);
  });

  test('reads the wall clock unless told otherwise', () => {
    const before = performance.timeOrigin;
    expect(systemClock().now().getTime()).toBeGreaterThan(before);
  });
});

describe('the offset clock', () => {
  const at = (time: number) => new OffsetClock(systemClock(() => time));

  test('a tenant has its own offset, else the root, else none', () => {
    const clock = at(1000);
    expect(clock.now(alice).getTime()).toBe(1000);
    clock.load([
      [ROOT_TENANT_ID, 50],
      [alice, 7000],
    ]);
    expect(clock.now(alice).getTime()).toBe(8000);
    expect(clock.now(bob).getTime()).toBe(1050);
    expect(clock.now().getTime()).toBe(1050);
  });

  test('a tenant never steps back, whatever is loaded and whatever the wall clock does', () => {
    const wall = [1000, 800, 1010, 1020];
    const clock = new OffsetClock(systemClock(() => wall.shift() ?? 0));
    clock.load([[ROOT_TENANT_ID, 500]]);
    expect(clock.now(alice).getTime()).toBe(1500);
    clock.load([[alice, 20]]);
    expect(clock.now(alice).getTime()).toBe(1500);
    clock.load([[ROOT_TENANT_ID, 0]]);
    expect(clock.now(alice).getTime()).toBe(1510);
    expect(clock.now(bob).getTime()).toBe(1520);
  });

  test('a clock that stands stands still, and ticks on from there', () => {
    let wall = 1000;
    const clock = new OffsetClock(systemClock(() => wall));
    clock.stand(alice, new Date(5000));
    wall = 1200;
    expect([clock.now(alice).getTime(), clock.now(bob).getTime()]).toEqual([5000, 1200]);
    expect([clock.ownerOf(alice), clock.ownerOf(bob), clock.owners()]).toEqual([
      alice,
      ROOT_TENANT_ID,
      [alice],
    ]);
    expect(clock.offsetOf(alice)).toBe(3800);
    clock.stand(alice, new Date(4000));
    expect(clock.now(alice).getTime()).toBe(5000);
    clock.go(alice);
    wall = 1300;
    expect(clock.now(alice).getTime()).toBe(5100);
  });

  test('a standing clock that was loaded further meanwhile goes on from there', () => {
    const clock = at(1000);
    clock.stand(alice, new Date(2000));
    clock.load([[alice, 7000]]);
    expect(clock.now(alice).getTime()).toBe(2000);
    clock.go(alice);
    expect(clock.now(alice).getTime()).toBe(8000);
    clock.go(bob);
    expect(clock.now(bob).getTime()).toBe(1000);
  });

  test('who goes by a standing root stands with it', () => {
    const clock = at(1000);
    clock.stand(ROOT_TENANT_ID, new Date(3000));
    expect(clock.now(bob).getTime()).toBe(3000);
    expect(clock.owners()).toEqual([]);
  });

  test('an offset that is no whole number of milliseconds is refused, and nothing of that load is taken', () => {
    const clock = at(0);
    expect(() =>
      clock.load([
        [alice, 5],
        [bob, 1.5],
      ]),
    ).toThrow(RangeError);
    expect(clock.offsetOf(alice)).toBe(0);
  });
});
