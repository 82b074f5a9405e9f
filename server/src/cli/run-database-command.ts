import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/index.ts';
import { DatabaseFolderInUseError } from '../db/index.ts';
import type { DatabaseCommand, Shell } from './command.ts';
import { runThroughServer } from './control-client.ts';
import { controlPath } from './control-path.ts';

const TRIES = 50;
const PAUSE_MS = 200;

/**
 * Runs a command on the database where the database is: in the server that holds the embedded one, else here. A folder that is
 * held without anyone listening belongs to a server that is starting or stopping, or to another command: that is
 * waited for, up to 10 s.
 */
export async function runDatabaseCommand(
  shell: Shell,
  config: Config,
  command: DatabaseCommand,
  args: readonly string[],
): Promise<number> {
  command.check(args);
  for (let tries = 1; ; tries++) {
    const code = await throughServer(shell, config, command, args);
    if (code !== undefined) return code;
    try {
      return await runHere(shell, config, command, args);
    } catch (error) {
      if (!(error instanceof DatabaseFolderInUseError) || tries === TRIES) throw error;
    }
    await wait(PAUSE_MS);
  }
}

async function throughServer(
  shell: Shell,
  config: Config,
  command: DatabaseCommand,
  args: readonly string[],
): Promise<number | undefined> {
  const path = config.databaseUrl === undefined ? controlPath(config.tallystickData) : undefined;
  if (path === undefined) return undefined;
  return await runThroughServer(path, { command: command.name, args: [...args], cwd: shell.cwd }, shell);
}

async function runHere(
  shell: Shell,
  config: Config,
  command: DatabaseCommand,
  args: readonly string[],
): Promise<number> {
  const composition = await shell.compose(config);
  try {
    return await command.perform({ composition, cwd: shell.cwd, beside_server: false }, args, shell);
  } finally {
    await composition.close();
  }
}
