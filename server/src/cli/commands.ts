import type { Command } from './command.ts';
import { demoCommand } from './demo.ts';
import { restoreCommand } from './restore.ts';
import { serveCommand } from './serve.ts';
import { sharedCommands } from './shared-commands.ts';

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [serveCommand, demoCommand, ...sharedCommands, restoreCommand];
