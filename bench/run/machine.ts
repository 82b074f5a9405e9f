import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem, type } from 'node:os';

/** Where and with what something was measured. */
export interface Machine {
  /** As in `2 x Intel Xeon @ 2.20GHz, 8 GB, Linux 6.1`. */
  hardware: string;
  /** As in `Node 24.21.0`, `PostgreSQL 15.18`. */
  versions: string[];
  /** The day, in UTC. */
  date: string;
}

/** Packages whose versions figures depend on. */
const PACKAGES = ['@electric-sql/pglite', 'fastify'];

/** Describes this machine, with the versions of the servers in use beside our own. */
export function describeMachine(server_versions: readonly string[]): Machine {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const manifest = createRequire(new URL('../../server/package.json', import.meta.url));
  const packages = PACKAGES.map((name) => `${name} ${installedVersion(manifest, name)}`);
  return {
    hardware: `${cores.length} x ${cores[0]?.model ?? 'unknown'}, ${memory}, ${type()} ${release()}`,
    versions: [`Node ${process.versions.node}`, ...server_versions, ...packages],
    date: new Date().toISOString().slice(0, 10),
  };
}

/** Not every package exports its manifest, so it is looked for where packages are looked for. */
function installedVersion(from: NodeJS.Require, name: string): string {
  for (const folder of from.resolve.paths(name) ?? []) {
    try {
      return String(JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version);
    } catch {
      // It is in a folder further up.
    }
  }
  throw new Error(`${name} is not installed`);
}
