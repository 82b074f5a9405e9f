import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

type Leave = (request: FastifyRequest, reply: FastifyReply) => void;

/** The replies of a connection that are not finished, each with its request. Pipelined requests can be several. */
type Open = Map<FastifyReply, FastifyRequest>;

/** Calls `leave` where a client goes away before a reply that is watched is finished. */
export class LeavingClients {
  readonly #leave: Leave;
  readonly #openOn = new WeakMap<Socket, Open>();

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
    let open = this.#openOn.get(socket);
    if (open === undefined) {
      const all: Open = new Map();
      open = all;
      this.#openOn.set(socket, all);
      socket.once('close', () => {
        for (const [left, its_request] of all) this.#leave(its_request, left);
      });
    }
    open.set(reply, request);
  }

  /** The reply is finished. */
  forget(request: FastifyRequest, reply: FastifyReply): void {
    this.#openOn.get(request.raw.socket)?.delete(reply);
  }
}
