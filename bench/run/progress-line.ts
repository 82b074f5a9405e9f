const WIDTH = 30;

/** A bar on the terminal's last line while a bench runs; elsewhere nothing, so that a log holds results only. */
export function progressLine(name: string): { show(done: number): void; clear(): void } {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (done) => {
      const filled = Math.round(done * WIDTH);
      const bar = `${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}`;
      process.stderr.write(`\r\x1b[K${name} [${bar}] ${Math.round(done * 100)}%`);
    },
    clear: () => void process.stderr.write('\r\x1b[K'),
  };
}
