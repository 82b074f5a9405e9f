/** Where log lines go; process.stdout where left out. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * An API key by its form, or the value of a field that holds a secret at any depth. One pass over the finished
 * line costs a fraction of what pino's own redaction does, and lets nothing slip out through a message or a stack.
 */
const secrets =
  /tally_(?:live|test)_\w+|("(?:authorization|api_key|cookie|password|secret)":)"(?:[^"\\]|\\.)*"/g;

/** The line with every secret struck out. */
function withoutSecrets(line: string): string {
  return line.replace(secrets, (_found, field?: string) =>
    field === undefined ? '[redacted]' : `${field}"[redacted]"`,
  );
}

/**
 * Writes the lines of one turn of the event loop together, because a system call for each costs more than the
 * line. What is gathered when the process exits is written then.
 */
export function gatheredLines(destination: LogDestination): LogDestination {
  let lines = '';
  const flush = () => {
    const ready = lines;
    lines = '';
    if (ready !== '') destination.write(ready);
  };
  process.once('exit', flush);
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

const standardOutput = gatheredLines(process.stdout);

/** Options for Fastify's (pino's) logger: JSON lines, the level by name, secrets struck out. */
export function logOptions(level: string, stream: LogDestination = standardOutput) {
  return {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: withoutSecrets },
    stream,
  };
}
