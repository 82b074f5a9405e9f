/** Why a server ends. */
export type StopReason = { signal: NodeJS.Signals } | { error: unknown };

/** Waits for the end, and takes the listeners away again. */
export interface StopListener {
  /** Resolves at the first SIGTERM or SIGINT, or at an error that nobody caught. */
  stopped: Promise<StopReason>;
  close(): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Listens for the end from now on. The listeners stay while the server shuts down, so that a second signal, or an
 * error on the way, does not cut the flush.
 */
export function untilStopped(): StopListener {
  const { promise: stopped, resolve } = Promise.withResolvers<StopReason>();
  const onSignal = (signal: NodeJS.Signals) => resolve({ signal });
  const onError = (error: unknown) => resolve({ error });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return {
    stopped,
    close: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.off('uncaughtException', onError).off('unhandledRejection', onError);
    },
  };
}
