import { readConfig } from '../config/index.ts';
import { parseArguments } from './arguments.ts';
import type { LocalCommand } from './command.ts';
import { runServer } from './run-server.ts';

/** Serves until it is told to stop. */
export const serveCommand: LocalCommand = {
  name: 'serve',
  summary: 'the server; ready when it prints "listening on http://HOST:PORT"',
  usage: '',
  run: async (shell, args) => {
    parseArguments(args, {});
    return await runServer(shell, readConfig(shell.env));
  },
};
