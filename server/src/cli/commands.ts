import { benchCommand } from './bench.ts';
import type { Command } from './command.ts';
import { databaseCommands } from './database-commands.ts';
import { demoCommand } from './demo.ts';
import { restoreCommand } from './restore.ts';
import { serveCommand } from './serve.ts';

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  serveCommand,
  demoCommand,
  ...databaseCommands,
  restoreCommand,
  benchCommand,
];
