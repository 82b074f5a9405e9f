import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CommandError, type Output } from './command.ts';
import type { ControlRequest } from './control-server.ts';

const answer = z.union([
  z.strictObject({ stdout: z.string() }),
  z.strictObject({ stderr: z.string() }),
  z.strictObject({ exit: z.int() }),
]);

/** Nobody listens: there is no socket, or a dead server left it. */
const nobody = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

/**
 * Runs a command in the server behind a control socket, and answers its exit code; undefined where no server listens
 * there. Throws a CommandError where the socket is somebody else's, or the server goes away meanwhile.
 */
export async function runThroughServer(
  path: string,
  request: ControlRequest,
  output: Output,
): Promise<number | undefined> {
  const socket = connect(path);
  const connected = await new Promise<boolean>((resolve, reject) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (nobody.has(error.code ?? '')) resolve(false);
      else if (error.code === 'EACCES') reject(new CommandError(`${path} belongs to another user's server`));
      else reject(error);
    });
  });
  if (!connected) return undefined;
  socket.on('error', () => undefined);
  socket.write(`${JSON.stringify(request)}\n`);
  for await (const line of createInterface({ input: socket })) {
    const message = answer.parse(JSON.parse(line));
    if ('exit' in message) {
      socket.end();
      return message.exit;
    }
    if ('stdout' in message) output.stdout(message.stdout);
    else output.stderr(message.stderr);
  }
  throw new CommandError('the server went away before the command had ended; look whether it was done');
}
