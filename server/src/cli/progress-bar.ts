import type { Output } from './command.ts';

const WIDTH = 40;

/** Draws a bar of what is being done on a terminal, 0 to 1; elsewhere a line for each tenth, as in a log. */
export function progressBar(
  output: Pick<Output, 'stderr'>,
  terminal: boolean,
  what: string,
): (done: number) => void {
  let shown = terminal ? -1 : 0;
  return (done) => {
    const percent = Math.floor(Math.min(1, Math.max(0, done)) * 100);
    if (percent <= shown || (!terminal && Math.floor(percent / 10) === Math.floor(shown / 10))) return;
    shown = percent;
    const filled = Math.round((percent / 100) * WIDTH);
    const bar = `${what} [${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${percent}%`;
    output.stderr(terminal ? `\r${bar}${percent === 100 ? '\n' : ''}` : `${bar}\n`);
  };
}
