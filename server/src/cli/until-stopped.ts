/** Why a server ends. */
export type StopReason = { signal: NodeJS.Signals } | { error: unknown };

/**
 * Resolves at the first SIGTERM or SIGINT, or at an error that nobody caught. It goes on listening while the server
 * shuts down, so that a second signal, or an error on the way, does not cut the flush.
 */
export function untilStopped(): Promise<StopReason> {
  const { promise, resolve } = Promise.withResolvers<StopReason>();
  const onError = (error: unknown) => resolve({ error });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve({ signal }));
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return promise;
}
