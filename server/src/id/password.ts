import { type Random, systemRandom } from './random.ts';

/** Without what is mistaken for something else when it is read out: no 0 and o, no 1, i and l. */
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** A new password of some 99 random bits, in groups that a person can type: `k3v9m-...`. Only its hash is stored. */
export function makePassword(random: Random = systemRandom): string {
  const characters = [...random(GROUPS * GROUP_LENGTH)].map((byte) =>
    alphabet.charAt(byte % alphabet.length),
  );
  return Array.from({ length: GROUPS }, (_, group) =>
    characters.slice(group * GROUP_LENGTH, (group + 1) * GROUP_LENGTH).join(''),
  ).join('-');
}
