import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Random, systemRandom } from './random.ts';

const prefix = 'tally_live_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const shape = /^tally_live_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}$/;

/**
 * A new API key, `tally_live_<random>_<checksum>`: 192 random bits in base 62, then the CRC-32 of all before it.
 * It is shown once; only hashApiKey() of it is stored.
 */
export function makeApiKey(random: Random = systemRandom): string {
  const body = prefix + toBase62(BigInt(`0x${random(24).toString('hex')}`), 33);
  return `${body}_${checksumOf(body)}`;
}

/**
 * Whether a text has the shape and the checksum of a key that makeApiKey() made. It catches a typo or a cut-off paste
 * without asking the database, and proves nothing else. An operator key taken from the environment need not have one.
 */
export function hasValidChecksum(key: string): boolean {
  return shape.test(key) && checksumOf(key.slice(0, -7)) === key.slice(-6);
}

/** The SHA-256 under which a key is stored and found: 32 bytes. A key has too many random bits to need a slow hash. */
export function hashApiKey(key: string): Buffer {
  return Buffer.from(hashTextOfApiKey(key), 'latin1');
}

/** The same 32 bytes as a text of as many characters, for a Map; making a Buffer of them takes longer than the hash. */
export function hashTextOfApiKey(key: string): string {
  return hash('sha256', key, 'binary');
}

function checksumOf(body: string): string {
  let digits = '';
  for (let rest = crc32(body); digits.length < 6; rest = Math.floor(rest / 62))
    digits = alphabet.charAt(rest % 62) + digits;
  return digits;
}

function toBase62(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; digits.length < length; rest /= 62n)
    digits = alphabet.charAt(Number(rest % 62n)) + digits;
  return digits;
}
