import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/index.ts';
import { type Random, systemRandom } from '../id/index.ts';

/** Its name in TALLYSTICK_DATA, beside the database and not in its backups. */
const FILE = 'secret-key';
const shape = /^[\x21-\x7e]{32,512}$/;

/**
 * The key that signs sessions: TALLYSTICK_SECRET_KEY, else that of the file beside the embedded database, which is
 * made (0600) where there is none. Throws a ConfigError with DATABASE_URL and without the variable, because several
 * processes must have the same key, and where the file holds something else than a key.
 */
export function ensureSecretKey(
  config: {
    tallystickSecretKey: string | undefined;
    databaseUrl: string | undefined;
    tallystickData: string;
  },
  random: Random = systemRandom,
): string {
  if (config.tallystickSecretKey !== undefined) return config.tallystickSecretKey;
  if (config.databaseUrl !== undefined) {
    throw new ConfigError(
      'TALLYSTICK_SECRET_KEY is not set; with DATABASE_URL it takes 32 to 512 printable ASCII characters without spaces',
    );
  }
  const file = join(config.tallystickData, FILE);
  if (existsSync(file)) return readKey(file);
  const key = random(32).toString('base64url');
  mkdirSync(config.tallystickData, { recursive: true, mode: 0o700 });
  // Under its name it is there as a whole or not at all.
  writeFileSync(`${file}.new`, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return key;
}

function readKey(file: string): string {
  const key = readFileSync(file, 'utf8').trim();
  if (!shape.test(key)) throw new ConfigError(`TALLYSTICK_SECRET_KEY is not set, and ${file} holds no key`);
  return key;
}
