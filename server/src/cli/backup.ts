import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArguments } from './arguments.ts';
import { CommandError, databaseCommand } from './command.ts';

/** Writes a consistent backup of the embedded database, also while a server runs on it. */
export const backupCommand = databaseCommand({
  name: 'backup',
  summary: 'a consistent backup of the embedded database',
  usage: 'FILE',
  parse: (args) => parseArguments(args, {}, ['FILE']).positionals[0] ?? '',
  perform: async ({ composition: { db }, cwd }, name, output) => {
    const file = resolve(cwd, name);
    if (existsSync(file)) throw new CommandError(`${file} exists already; a backup overwrites nothing`);
    const bytes = await db.backup(file);
    output.stdout(`${file}: ${bytes} bytes\n`);
    return 0;
  },
});
