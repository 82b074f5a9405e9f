import { ConfigError } from '../config/index.ts';
import {
  BackupRefusedError,
  DatabaseFolderInUseError,
  DatabaseUnavailableError,
  MigrationRefusedError,
  MissingRolesError,
} from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import { CommandError, UsageError } from './command.ts';

/** What the operator is told: the message where it says what to do, else also where it happened. */
export function describe(error: unknown): string {
  if (error instanceof TallystickError) return error.detail;
  if (!(error instanceof Error)) return String(error);
  return isForTheOperator(error) ? error.message : (error.stack ?? error.message);
}

const forTheOperator = [
  CommandError,
  UsageError,
  ConfigError,
  BackupRefusedError,
  DatabaseFolderInUseError,
  DatabaseUnavailableError,
  MigrationRefusedError,
  MissingRolesError,
];

/** A message that begins with the name of a variable says what to do about it. */
const namesVariable = /^[A-Z]+_[A-Z_]+ /;

function isForTheOperator(error: Error): boolean {
  // A system call that failed (ENOENT, EACCES, ...) names its path in the message.
  return (
    forTheOperator.some((type) => error instanceof type) ||
    'syscall' in error ||
    namesVariable.test(error.message)
  );
}
