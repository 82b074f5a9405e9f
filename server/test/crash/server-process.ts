import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const bin = join(import.meta.dirname, '../../bin/tallystick.js');
/** With DATABASE_URL it is asked for. */
const TALLYSTICK_SECRET_KEY = 'a-secret-key-of-the-crash-tests-0001';
const START_DEADLINE_MS = 30_000;

/** `tallystick serve` in a process of its own. */
export interface ServerProcess {
  readonly address: string;
  readonly pid: number;
  /** What it wrote so far, for the message of a test that fails. */
  output(): string;
  /** kill -9 after so many milliseconds, and waits until it is gone. */
  kill(after_ms?: number): Promise<void>;
  /** SIGTERM; answers the exit code (null where a signal ended it) and how long that took, in milliseconds. */
  stop(): Promise<{ code: number | null; took_ms: number }>;
}

/** Starts the server on a free port and resolves when it says that it listens. */
export async function startServer(env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [bin, 'serve'], {
    env: {
      PATH: process.env.PATH,
      ENABLE_MONETIZATION: 'true',
      PORT: '0',
      LOG_LEVEL: 'warn',
      TALLYSTICK_SECRET_KEY,
      ...env,
    },
    // Over the channel it learns that we are gone, should we be killed, and goes as well.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let output = '';
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the server ${why}:\n${output}`));
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      fail('did not listen in time');
    }, START_DEADLINE_MS);
    const take = (text: string) => {
      output = (output + text).slice(-20_000);
      const said = /listening on (http:\/\/\S+)\n/.exec(output)?.[1];
      if (said === undefined) return;
      clearTimeout(deadline);
      resolve(said);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take);
    child.once('exit', () => {
      clearTimeout(deadline);
      fail('ended before it listened');
    });
  });
  return {
    address,
    pid: child.pid ?? 0,
    output: () => output,
    kill: async (after_ms = 0) => {
      // Not waiting for anything: without it the moment would always be right after an answer.
      await wait(after_ms);
      child.kill('SIGKILL');
      await ended;
    },
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<number | null>) {
  const began = performance.now();
  child.kill('SIGTERM');
  const code = await ended;
  return { code, took_ms: performance.now() - began };
}

/** Runs another command of the CLI to its end. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, ENABLE_MONETIZATION: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  return { code, output };
}
