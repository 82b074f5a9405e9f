import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from './started-program.ts';

const root = join(import.meta.dirname, '..');
const operator_key = 'operator-key-of-the-example-test-0001';

/** A server as a reader starts it, with the embedded database in an empty folder that ends with it. */
export interface StartedServer {
  /** What an example finds it by. */
  env: { TALLYSTICK_URL: string; TALLYSTICK_KEY: string };
  end(): Promise<void>;
}

/** Starts one; `env` is added to its environment. */
export async function startServer(env: Record<string, string> = {}): Promise<StartedServer> {
  const data = mkdtempSync(join(tmpdir(), 'tallystick-example-'));
  const server = await startProgram([join(root, 'server/bin/tallystick.js'), 'serve'], {
    ENABLE_MONETIZATION: 'true',
    PORT: '0',
    TALLYSTICK_DATA: data,
    TALLYSTICK_OPERATOR_KEY: operator_key,
    DATABASE_URL: '',
    LOG_LEVEL: 'warn',
    ...env,
  });
  return {
    env: { TALLYSTICK_URL: server.address, TALLYSTICK_KEY: operator_key },
    end: async () => {
      await server.end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
