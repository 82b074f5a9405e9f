import { TallystickError } from '../../../errors/index.ts';
import {
  MONTHS_MAX,
  type Month,
  monthEnd,
  monthOf,
  monthStart,
  monthsWithin,
} from '../../../revenue/index.ts';

/** The months that a query names, the present one and the eleven before where it names none. Fails with `request_invalid`. */
export function monthsOf(
  { from, to }: { from?: Date | undefined; to?: Date | undefined },
  now: Date,
): Month[] {
  const until = to ?? monthEnd(monthOf(from !== undefined && from > now ? from : now));
  const last = monthStart(monthOf(new Date(until.getTime() - 1)));
  const since = from ?? new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() - 11));
  if (since >= until) refuse('/to', 'must be after from');
  const months = monthsWithin({ from: since, to: until });
  if (months.length > MONTHS_MAX) refuse('/from', `must be at most ${MONTHS_MAX} months before to`);
  return months;
}

function refuse(pointer: string, detail: string): never {
  const errors = [{ in: 'query' as const, pointer, detail }];
  throw new TallystickError('request_invalid', `query${pointer}: ${detail}`, { errors });
}
