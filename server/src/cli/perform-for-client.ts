import { UsageError } from './command.ts';
import type { Composition } from './composition.ts';
import type { Perform } from './control-server.ts';
import { databaseCommands } from './database-commands.ts';
import { describe } from './describe.ts';

/** Runs commands on the database for the clients of the control socket, on the server's own database. */
export function performForClient(composition: Composition): Perform {
  return async ({ command: name, args, cwd }, output) => {
    const command = databaseCommands.find((candidate) => candidate.name === name);
    if (command === undefined) {
      output.stderr(
        `tallystick: the server knows no command ${JSON.stringify(name)}; is it an older version?\n`,
      );
      return 2;
    }
    try {
      return await command.perform({ composition, cwd, beside_server: true }, args, output);
    } catch (error) {
      output.stderr(`tallystick: ${describe(error)}\n`);
      return error instanceof UsageError ? 2 : 1;
    }
  };
}
