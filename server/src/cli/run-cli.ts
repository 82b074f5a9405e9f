import { readConfig } from '../config/index.ts';
import { type Command, type Shell, UsageError } from './command.ts';
import { commands } from './commands.ts';
import { describe } from './describe.ts';
import { runDatabaseCommand } from './run-database-command.ts';

/**
 * Runs `tallystick <command>` and answers the exit code: 0 done, 1 failed with one line saying why, 2 for arguments
 * that make no sense.
 */
export async function runCli(argv: readonly string[], shell: Shell): Promise<number> {
  const [name, ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    shell.stdout(overview());
    return 0;
  }
  if (name === 'version' || name === '--version' || name === '-v') {
    shell.stdout(`${shell.version}\n`);
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    shell.stderr(
      name === undefined
        ? overview()
        : `tallystick: there is no command ${JSON.stringify(name)}\n\n${overview()}`,
    );
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    shell.stdout(`${usageOf(command)}\n\n${command.summary}\n`);
    return 0;
  }
  try {
    if ('run' in command) return await command.run(shell, args);
    return await runDatabaseCommand(shell, readConfig(shell.env), command, args);
  } catch (error) {
    return report(shell, command, error);
  }
}

function report(shell: Shell, command: Command, error: unknown): number {
  if (error instanceof UsageError) {
    shell.stderr(`tallystick ${command.name}: ${error.message}\n${usageOf(command)}\n`);
    return 2;
  }
  shell.stderr(`tallystick: ${describe(error)}\n`);
  return 1;
}

function usageOf(command: Command): string {
  return `usage: tallystick ${command.name} ${command.usage}`.trimEnd();
}

function overview(): string {
  const width = Math.max(...commands.map(({ name, usage }) => name.length + usage.length + 1));
  const lines = commands.map(
    ({ name, usage, summary }) => `  ${`${name} ${usage}`.padEnd(width)}  ${summary}`,
  );
  return ['usage: tallystick <command>', '', ...lines, '', 'help, --version', ''].join('\n');
}
