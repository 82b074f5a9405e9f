import { systemTiming, type Timing } from '../options.ts';

/** The system's, but for timers that do not keep the process from ending: what waits then is on disk. */
export const unreferencedTiming: Timing = {
  ...systemTiming,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, milliseconds);
      timer.unref();
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    }),
};
