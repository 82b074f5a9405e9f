import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { z } from 'zod';
import type { Output } from './command.ts';

/** What a client asks for, in one line of JSON. */
export const controlRequest = z.strictObject({
  command: z.string().max(64),
  args: z.array(z.string()).max(64),
  cwd: z.string(),
});
export type ControlRequest = z.infer<typeof controlRequest>;

/** Runs a command for a client and answers its exit code. */
export type Perform = (request: ControlRequest, output: Output) => Promise<number>;

/** The open socket. */
export interface ControlServer {
  /** Takes no more, waits for the commands under way, and takes the socket away. */
  close(): Promise<void>;
}

const LONGEST_REQUEST = 64 * 1024;
/** How long a client may take to say what it wants. */
const REQUEST_DEADLINE_MS = 10_000;

/**
 * Opens the control socket. Only the owner of the file can connect: file permission is the authority. The caller holds
 * the data folder's lock, so a socket that is there already is a dead server's.
 */
export async function openControlSocket(path: string, perform: Perform): Promise<ControlServer> {
  const under_way = new Set<Promise<void>>();
  const silent = new Set<Socket>();
  const server = createServer((socket) => {
    silent.add(socket);
    const begin: Perform = (request, output) => {
      silent.delete(socket);
      return perform(request, output);
    };
    const ended = () => {
      under_way.delete(serving);
      silent.delete(socket);
    };
    // What a command could not handle itself ends its client's connection, and not the server.
    const serving = serveClient(socket, begin).then(ended, ended);
    under_way.add(serving);
  });
  rmSync(path, { force: true });
  // The socket is bound within listen(), so that nobody finds it with wider permissions, not even for a moment.
  const previous = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(previous);
  }
  await once(server, 'listening');
  chmodSync(path, 0o600);
  return {
    close: async () => {
      // Closing the server also takes the socket out of the folder.
      const closed = once(server, 'close');
      server.close();
      // Whoever has asked for nothing yet is not waited for.
      for (const socket of silent) socket.destroy();
      await Promise.all([closed, ...under_way]);
    },
  };
}

/** One client, one command. A client that goes away does not stop the command, it only misses the output. */
async function serveClient(socket: Socket, perform: Perform): Promise<void> {
  socket.on('error', () => undefined);
  const say = (message: object) => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  const output: Output = { stdout: (text) => say({ stdout: text }), stderr: (text) => say({ stderr: text }) };
  try {
    const line = await readLine(socket);
    if (line === undefined) return;
    const request = controlRequest.safeParse(parseJson(line));
    if (!request.success) output.stderr('tallystick: the server does not understand this request\n');
    say({ exit: request.success ? await perform(request.data, output) : 1 });
  } finally {
    socket.end();
    // What was not read would keep the connection half open.
    socket.resume();
  }
}

/** The first line a client sends; undefined where it sends none, or one that is too long. */
function readLine(socket: Socket): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let received = '';
  const give = (line: string | undefined) => {
    socket.setTimeout(0);
    socket.removeListener('data', take);
    resolve(line);
  };
  const take = (text: string) => {
    received += text;
    const end = received.indexOf('\n');
    if (end >= 0) give(received.slice(0, end));
    else if (received.length > LONGEST_REQUEST) give(undefined);
  };
  socket.setEncoding('utf8').on('data', take);
  socket.once('end', () => give(undefined)).once('close', () => give(undefined));
  socket.setTimeout(REQUEST_DEADLINE_MS, () => give(undefined));
  return promise;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
