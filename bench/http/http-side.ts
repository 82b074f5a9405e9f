import type { Reading, Side } from '../row.ts';
import { type ProcessorClock, processOf, together } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';
import { KeepAliveConnection } from './keep-alive-connection.ts';

const RUN_MS = 2000;
const WARM_UP_MS = 2000;

/** What a load sends its requests to: a server in a process of its own. */
export interface HttpTarget {
  address: string;
  pid: number;
  /** The next request of a client; clients count from 0. */
  request(client: number): string;
  /** Told of a request's answer: throws where it is wrong. */
  take(client: number, answer: { status: number; body: string }): void;
  /** Throws where what the server has is not what its answers said. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A side of clients that send to a target over a connection each, as fast as they are answered. `database` is the
 * processor time of whatever takes part beside the target's process; `afterwards` is done by each client after each
 * answer, as part of the operation.
 */
export async function openHttpSide(
  name: string,
  target: HttpTarget,
  options: { clients: number; database?: ProcessorClock; afterwards?: () => Promise<void> },
): Promise<Side> {
  const { clients, database, afterwards } = options;
  const server = processOf(target.pid);
  const clock = database === undefined ? server : together(server, database);
  const connections = await Promise.all(
    Array.from({ length: clients }, () => KeepAliveConnection.open(target.address)),
  );
  const client = async (connection: KeepAliveConnection, number: number, until: number): Promise<number> => {
    let answered = 0;
    for (; performance.now() < until; answered += 1) {
      target.take(number, await connection.send(target.request(number)));
      await afterwards?.();
    }
    return answered;
  };
  const read = async (milliseconds: number): Promise<Reading> => {
    const reading = await timed(clock, async () => {
      const until = performance.now() + milliseconds;
      const counts = await Promise.all(connections.map((one, number) => client(one, number, until)));
      return counts.reduce((total, count) => total + count, 0);
    });
    await target.check();
    return reading;
  };
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.close();
    await target.stop();
  };
  try {
    await read(WARM_UP_MS);
  } catch (error) {
    await close();
    throw error;
  }
  return { name, run: () => read(RUN_MS), close };
}
