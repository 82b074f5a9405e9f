import { createRequire } from 'node:module';

/** The version of rate-limiter-flexible that is installed. */
export function peerVersion(): string {
  return String(createRequire(import.meta.url)('rate-limiter-flexible/package.json').version);
}
