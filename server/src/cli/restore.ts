import { resolve } from 'node:path';
import { readConfig } from '../config/index.ts';
import { restoreBackup } from '../db/index.ts';
import { parseArguments } from './arguments.ts';
import { CommandError, type LocalCommand } from './command.ts';

/** Makes the embedded database of a backup, in a TALLYSTICK_DATA that holds none. */
export const restoreCommand: LocalCommand = {
  name: 'restore',
  summary: 'a backup back into an empty TALLYSTICK_DATA',
  usage: 'FILE',
  run: async (shell, args) => {
    const file = resolve(shell.cwd, parseArguments(args, {}, ['FILE']).positionals[0] ?? '');
    const { databaseUrl, tallystickData } = readConfig(shell.env);
    if (databaseUrl !== undefined) {
      throw new CommandError(
        'restore is for the embedded database; with DATABASE_URL use the tools of PostgreSQL',
      );
    }
    await restoreBackup(file, tallystickData);
    shell.stdout(`restored ${file} into ${resolve(shell.cwd, tallystickData)}\n`);
    return 0;
  },
};
