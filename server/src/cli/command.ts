import type { Config } from '../config/index.ts';
import type { Composition } from './composition.ts';

/** Where a command writes; texts bring their own line ends. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** The process a command runs in. */
export interface Shell extends Output {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  version: string;
  /** Opens the database and puts the domains together; main.ts brings it. */
  compose(config: Config): Promise<Composition>;
}

interface CommandBase {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** The arguments, as in `[--json]`. */
  usage: string;
}

/** A command that runs in the process that was started. */
export interface LocalCommand extends CommandBase {
  run(shell: Shell, args: readonly string[]): Promise<number>;
}

/** What a command on the database works with, in whichever process has the database. */
export interface DatabaseContext {
  composition: Composition;
  /** The folder that relative paths are meant from: that of whoever typed the command. */
  cwd: string;
  /** Whether a server runs it for somebody else. */
  beside_server: boolean;
}

/** A command on the database. Where a server holds the embedded one, it runs there. */
export interface DatabaseCommand extends CommandBase {
  /** Throws a UsageError for arguments that make no sense, before anything is opened. */
  check(args: readonly string[]): void;
  perform(context: DatabaseContext, args: readonly string[], output: Output): Promise<number>;
}

export type Command = LocalCommand | DatabaseCommand;

/** Arguments that make no sense; the CLI prints it with the command's usage and exits 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Something that the operator can put right; the CLI prints the message alone and exits 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** A command on the database whose arguments are parsed once to check them and once where it runs. */
export function databaseCommand<Arguments>(
  command: CommandBase & {
    parse(args: readonly string[]): Arguments;
    perform(context: DatabaseContext, args: Arguments, output: Output): Promise<number>;
  },
): DatabaseCommand {
  const { name, summary, usage } = command;
  return {
    name,
    summary,
    usage,
    check: (args) => {
      command.parse(args);
    },
    perform: (context, args, output) => command.perform(context, command.parse(args), output),
  };
}
