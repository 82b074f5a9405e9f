import { UUID } from 'uuidv7';
import { type Random, systemRandom } from './random.ts';

/** The operator's tenant, the root of the tree: a constant of the first migration. */
export const ROOT_TENANT_ID = '01900000-0000-7000-8000-000000000001';

const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * A UUIDv7 whose time is exactly that of `now` in milliseconds; its other 74 bits are random.
 * Ids of one millisecond are in no order, and nothing may take id order for commit order.
 * Throws a RangeError for a time before 1970 or an invalid date.
 */
export function newId(now: Date, random: Random = systemRandom): string {
  const bits = random(10);
  return UUID.fromFieldsV7(
    now.getTime(),
    bits.readUInt16BE(0) & 0xfff,
    bits.readUInt32BE(2) & 0x3fffffff,
    bits.readUInt32BE(6),
  ).toString();
}

/** The time that newId() put into an id. Throws a RangeError for anything but a UUIDv7. */
export function timeOfId(id: string): Date {
  if (!uuidv7.test(id)) throw new RangeError('not a UUIDv7');
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
