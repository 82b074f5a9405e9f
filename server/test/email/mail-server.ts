import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A real mail server on a free port of the loopback, with what it took. */
export interface MailServer {
  smtp_url: string;
  /** Each with its headers, as it came over the wire. */
  messages: { to: string[]; from: string; raw: string }[];
  close(): Promise<void>;
}

/** Starts one that takes everything, but for what `options` have it refuse. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const messages: MailServer['messages'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      void text(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        messages.push({ to: rcptTo.map(({ address }) => address), from, raw });
        done();
      }, done);
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    smtp_url: `smtp://127.0.0.1:${portOf(listening)}`,
    messages,
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
}

/** One that takes the connection and never says a word, or a word a moment without an end. */
export async function startSilentServer(says = ''): Promise<{ smtp_url: string; close(): void }> {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (says !== '') timers.add(setInterval(() => socket.write(says), 20));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    smtp_url: `smtp://127.0.0.1:${portOf(server)}`,
    close: () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}
