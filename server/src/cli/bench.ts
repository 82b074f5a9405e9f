import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommandError, type LocalCommand } from './command.ts';

/** Runs the benchmarks of a checkout in a process of their own; their program reads the arguments. */
export const benchCommand: LocalCommand = {
  name: 'bench',
  summary: 'runs benchmarks against their peers, and prints a ratio for each',
  usage: '[NAME...] [--list] [--json] [--check] [--write] [--runs N]',
  run: async (shell, args) => {
    const workspace = new URL('../../../bench/', import.meta.url);
    const program = fileURLToPath(new URL('main.ts', workspace));
    if (!existsSync(program) || !existsSync(new URL('run/run-benches.ts', workspace))) {
      throw new CommandError(
        'the benchmarks are part of the checkout and not of the package: clone the repository, run npm ci, and then npx tallystick bench',
      );
    }
    const child = spawn(process.execPath, ['--conditions=tallystick-source', program, ...args], {
      cwd: shell.cwd,
      env: shell.env,
      // Its progress is for the terminal, if there is one.
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => shell.stdout(text));
    // A terminal's Ctrl-C reaches the child by itself; it takes away what it started, and we wait for that.
    const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, passOn);
    const [code] = await once(child, 'close');
    return typeof code === 'number' ? code : 1;
  },
};
