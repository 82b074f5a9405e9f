import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** The kernel counts processor time in ticks, 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time so far, in seconds; only differences mean something. Undefined where it cannot be told. */
export type ProcessorClock = () => number | undefined;

/** This process with all of its threads. */
export const ownProcess: ProcessorClock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Another process of this machine, without what it started itself. */
export function processOf(pid: number): ProcessorClock {
  return () => {
    const stat = readStat(pid);
    return stat && (stat.utime + stat.stime) / TICKS_PER_SECOND;
  };
}

/**
 * All processes of the PostgreSQL server behind a URL, those that have ended included. Undefined where the server runs
 * on another machine, or where this one has no /proc.
 */
export async function postgresServer(database_url: string): Promise<ProcessorClock> {
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number; address: string | null }>(
      'select pg_backend_pid() as pid, host(inet_server_addr()) as address',
    );
    const { pid = 0, address = '' } = rows[0] ?? {};
    const here = address === null || address === '127.0.0.1' || address === '::1';
    const backend = here ? readStat(pid) : undefined;
    if (backend === undefined || backend.command !== 'postgres') return () => undefined;
    return () => familyOf(backend.parent);
  } finally {
    await client.end();
  }
}

/** The clocks together; undefined as soon as one is. */
export function together(...clocks: readonly ProcessorClock[]): ProcessorClock {
  return () => {
    let total = 0;
    for (const clock of clocks) {
      const seconds = clock();
      if (seconds === undefined) return undefined;
      total += seconds;
    }
    return total;
  };
}

interface Stat {
  command: string;
  parent: number;
  utime: number;
  stime: number;
  /** Those of children that have ended and were waited for. */
  cutime: number;
  cstime: number;
}

/** Undefined where there is no such process, or no /proc. */
function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command stands in brackets and may hold spaces and brackets itself; what follows it does not.
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const at = (index: number) => Number(fields[index]);
  return {
    command: text.slice(text.indexOf('(') + 1, close),
    parent: at(1),
    utime: at(11),
    stime: at(12),
    cutime: at(13),
    cstime: at(14),
  };
}

function familyOf(parent: number): number | undefined {
  const own = readStat(parent);
  if (own === undefined) return undefined;
  let ticks = own.utime + own.stime + own.cutime + own.cstime;
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    if (stat?.parent === parent) ticks += stat.utime + stat.stime;
  }
  return ticks / TICKS_PER_SECOND;
}
