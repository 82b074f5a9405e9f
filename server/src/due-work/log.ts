/** Where the runner says what went wrong: pino's shape. */
export interface DueWorkLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For who has no log. */
export const SILENT_LOG: DueWorkLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A log whose destination may change later. */
export function logThrough(log: () => DueWorkLog): DueWorkLog {
  return {
    info: (fields, message) => log().info(fields, message),
    warn: (fields, message) => log().warn(fields, message),
    error: (fields, message) => log().error(fields, message),
  };
}
