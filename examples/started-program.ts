import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server that a test started as a reader would. */
export interface StartedProgram {
  /** Where it says that it listens. */
  address: string;
  /** Ends it by SIGTERM, and answers its exit code. */
  end(): Promise<number | null>;
}

/** Runs a program with Node until it prints `listening on ADDRESS`. Rejects with its output where it ends before. */
export async function startProgram(
  arguments_: readonly string[],
  env: Record<string, string>,
): Promise<StartedProgram> {
  const child = spawn(process.execPath, arguments_, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the program ended: ${output}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
        const said = /listening on (http\S+)\n/.exec(output)?.[1];
        if (said !== undefined) resolve(said);
      });
    }
  });
  return { address, end: () => endProgram(child) };
}

async function endProgram(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit');
  if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  return child.exitCode;
}
