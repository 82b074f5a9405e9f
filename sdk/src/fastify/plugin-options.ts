import type { FastifyRequest } from 'fastify';
import type { Timing } from '../options.ts';
import type { RecorderOptions, UsageRecorder } from '../recorder/index.ts';
import type { Tallystick } from '../tallystick.ts';

/** Whose call it is. */
export interface Caller {
  tenant_id?: string;
  api_key_id?: string;
  /** Kept with the call. */
  metadata?: Record<string, unknown>;
}

/** How calls are decided before they are handled. */
export interface DecideOptions {
  /** The key that the request came with, in full. Undefined is refused with 401. */
  api_key(request: FastifyRequest): string | undefined;
  /** What a call weighs against the limits where its route does not say; 1. */
  cost?: number;
  /** How long a request waits for its decision; 250. */
  deadline_ms?: number;
  /** What becomes of a call that cannot be decided: it goes on, or is answered 503. */
  on_unavailable: 'open' | 'closed';
}

interface CommonOptions {
  /** Asked when a call is over. Without it, or where it says nothing, the call is that of the client's tenant. */
  identify?(request: FastifyRequest): Caller | undefined;
  /** True for a call that does not count, in addition to those that never do; see meteredRoute(). */
  skip?(request: FastifyRequest): boolean;
  /** Used in place of the system's clock and ids, by tests. */
  timing?: Timing;
  /** The time of day, in milliseconds since 1970. */
  wallClock?(): number;
  /** Names a call for ever; 1-255 characters. */
  newId?(): string;
}

/** For a host that delivers to a server of Tallystick. */
export interface DeliveringOptions extends CommonOptions {
  /** Through which calls are delivered and decided. */
  client: Tallystick;
  /** Where calls wait until they are delivered; see RecorderOptions. */
  spool_folder: string;
  /** Without it calls are recorded and not decided. */
  decide?: DecideOptions;
  /** How the recorder goes, where its defaults do not fit. */
  recorder_options?: Partial<Omit<RecorderOptions, 'deliver' | 'spool_folder'>>;
  recorder?: undefined;
}

/** For a host that has a recorder, which is not the plugin's to close. */
interface RecordingOptions extends CommonOptions {
  recorder: Pick<UsageRecorder, 'record'>;
}

/** What the plugin goes by. */
export type TallystickFastifyOptions = DeliveringOptions | RecordingOptions;
