import type { Random } from '../id/index.ts';

/** Numbers that follow from a name alone, so that a load that was cut off goes on as it would have gone (mulberry32). */
export class SeededNumbers {
  #state: number;

  constructor(name: string) {
    // FNV-1a: names that differ in a letter start far apart.
    let hash = 0x811c9dc5;
    for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
    this.#state = hash >>> 0;
  }

  /** From 0 up to, and without, 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** True in `share` of all cases, 0 to 1. */
  chance(share: number): boolean {
    return this.fraction() < share;
  }

  /** How often something happens that happens `expected` times on average: 0 to 12, so `expected` is to be below. */
  count(expected: number): number {
    let times = 0;
    for (let draw = 0; draw < 12; draw += 1) if (this.chance(expected / 12)) times += 1;
    return times;
  }

  /** One of several things, all alike. */
  pick<Thing>(things: readonly [Thing, ...Thing[]]): Thing {
    return things[this.between(0, things.length - 1)] ?? things[0];
  }

  /** A source of bytes for ids. */
  readonly bytes: Random = (size) => Buffer.from(Array.from({ length: size }, () => this.between(0, 255)));
}
