import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecorderOptions, type RecorderTrouble, UsageRecorder } from '@tallystick/sdk/recorder';
import { expect } from 'vitest';
import { type Received, Receiver } from './receiver.ts';

/** Recorders of one test, with a folder and a receiver of their own, and pauses that are too short to be noticed. */
export class Recording {
  readonly folder = mkdtempSync(join(tmpdir(), 'tallystick-recorder-'));
  readonly receiver = new Receiver();
  readonly trouble: RecorderTrouble[] = [];
  /** Throws, or waits, before the receiver gets a batch. */
  obstacle: (signal: AbortSignal, batch: readonly Received[]) => void | Promise<void> = () => undefined;
  readonly #recorders: UsageRecorder<Received>[] = [];

  newRecorder(options: Partial<RecorderOptions<Received>> = {}): UsageRecorder<Received> {
    const recorder = new UsageRecorder<Received>({
      spool_folder: this.folder,
      deliver: async (events, signal) => {
        await this.obstacle(signal, events);
        return this.receiver.receive(events);
      },
      onTrouble: (told) => this.trouble.push(told),
      batch_wait_ms: 1,
      retry_pause_first_ms: 1,
      retry_pause_max_ms: 5,
      ...options,
    });
    this.#recorders.push(recorder);
    return recorder;
  }

  /** The files that wait: the empty ones are there to be written again. */
  segments(): string[] {
    const names = readdirSync(this.folder).filter((name) => name.startsWith('usage-'));
    return names.filter((name) => statSync(join(this.folder, name)).size > 0);
  }

  async end(): Promise<void> {
    await Promise.all(this.#recorders.map((recorder) => recorder.close(1)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An obstacle. */
export function away(): never {
  throw new Error('away');
}

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Records calls named after a prefix and their number. */
export function record(recorder: UsageRecorder<Received>, count: number, prefix = 'call'): void {
  for (let index = 0; index < count; index++) recorder.record({ id: `${prefix}-${index}` });
}

/** Everything that was recorded is somewhere. */
export function expectAccountedFor(recorder: UsageRecorder<Received>): void {
  const { recorded, adopted, delivered, duplicates, rejected, set_aside, dropped, pending } =
    recorder.figures;
  expect(recorded + adopted).toBe(delivered + duplicates + rejected + set_aside + dropped + pending);
}
