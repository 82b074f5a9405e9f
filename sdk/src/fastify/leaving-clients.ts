import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';

type Leave = (request: FastifyRequest, reply: FastifyReply) => void;

/** The replies of a connection that are not finished, each with its request. Pipelined requests can be several. */
type Open = Map<FastifyReply, FastifyRequest>;

const openOn = new WeakMap<Socket, Open>();

/**
 * Calls `leave` where the client goes away before the reply is finished. There is one listener for a connection and
 * not one for a request, which would be a fifth of what recording costs; only HTTP/2 has streams that close alone.
 */
export function watchForLeaving(request: FastifyRequest, reply: FastifyReply, leave: Leave): void {
  const { socket, httpVersionMajor } = request.raw;
  if (httpVersionMajor >= 2) {
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) leave(request, reply);
    });
    return;
  }
  let open = openOn.get(socket);
  if (open === undefined) {
    const all: Open = new Map();
    open = all;
    openOn.set(socket, all);
    socket.once('close', () => {
      for (const [left, its_request] of all) leave(its_request, left);
    });
  }
  open.set(reply, request);
}

/** The reply is finished. */
export function stopWatching(request: FastifyRequest, reply: FastifyReply): void {
  openOn.get(request.raw.socket)?.delete(reply);
}
