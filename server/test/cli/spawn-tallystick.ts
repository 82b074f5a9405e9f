import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '../../bin/tallystick.js');
const DEADLINE_MS = 60_000;

/** How a process ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A running `tallystick <command>`. */
export interface Tallystick {
  child: ChildProcess;
  /** The first match in what it has printed, or will have within the deadline. Rejects where it ends without one. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<Ended>;
}

/** Starts the real bin with nothing of our own environment but what Node needs. */
export function spawnTallystick(
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
): Tallystick {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...printed }));
  return { child, ended, said: (pattern) => untilSaid(child, printed, ended, pattern) };
}

/** Runs a command to its end. */
export async function runTallystick(
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
): Promise<Ended> {
  return await spawnTallystick(args, env, cwd).ended;
}

async function untilSaid(
  child: ChildProcess,
  printed: { stdout: string; stderr: string },
  ended: Promise<Ended>,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  const look = () => {
    const match = pattern.exec(printed.stdout + printed.stderr);
    if (match) resolve(match);
  };
  const refuse = (why: string) =>
    reject(new Error(`${why} without ${pattern}:\n${printed.stdout}${printed.stderr}`));
  const timer = setTimeout(() => refuse('the deadline passed'), DEADLINE_MS);
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  void ended.then(() => refuse('it ended'));
  look();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.stdout?.off('data', look);
    child.stderr?.off('data', look);
  }
}
