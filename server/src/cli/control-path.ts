import { join, relative, resolve } from 'node:path';

/** What the kernel takes for the path of a socket, with room to spare: 104 bytes on macOS, 108 on Linux. */
const LONGEST_PATH = 100;

/**
 * The path of the control socket in a data folder, from the working folder where that is shorter. undefined where
 * either is too long for a socket, and on Windows.
 */
export function controlPath(data_folder: string, platform: string = process.platform): string | undefined {
  if (platform === 'win32') return undefined;
  const absolute = join(resolve(data_folder), 'control.sock');
  return [absolute, relative(process.cwd(), absolute)].find(
    (path) => Buffer.byteLength(path) <= LONGEST_PATH,
  );
}
