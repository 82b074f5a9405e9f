import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

type Leave = (request: FastifyRequest, reply: FastifyReply) => void;

/** The replies of a connection that are not finished: one, or several where requests are pipelined. */
type Open = FastifyReply[];

/** Where a connection has them: on itself, because a WeakMap with a Map in it costs a request as much as all the rest. */
type OpenKey = symbol;
type Watched = Socket & Record<OpenKey, Open | undefined>;

/** Calls `leave` where a client goes away before a reply that is watched is finished. */
export class LeavingClients {
  readonly #leave: Leave;
  readonly #open: OpenKey = Symbol('tallystick.open');

  constructor(leave: Leave) {
    this.#leave = leave;
  }

  /**
   * Watches a reply. There is one listener for a connection and not one for a request, which would be a fifth of what
   * recording costs; only HTTP/2 has streams that close alone.
   */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    const { socket, httpVersionMajor } = request.raw;
    if (httpVersionMajor >= 2) {
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) this.#leave(request, reply);
      });
      return;
    }
    const open = (socket as Watched)[this.#open];
    if (open !== undefined) {
      open.push(reply);
      return;
    }
    const all: Open = [reply];
    (socket as Watched)[this.#open] = all;
    socket.once('close', () => {
      for (const left of all) this.#leave(left.request, left);
    });
  }

  /** The reply is finished. */
  forget(request: FastifyRequest, reply: FastifyReply): void {
    const open = (request.raw.socket as Watched)[this.#open];
    if (open === undefined) return;
    // HTTP/1 finishes in order, so as a rule it is the first.
    if (open[0] === reply) open.shift();
    else if (open.includes(reply)) open.splice(open.indexOf(reply), 1);
  }
}
