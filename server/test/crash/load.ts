import { tryToSend } from './api-client.ts';
import { type Known, learn, nextWrite } from './write.ts';

/** Where the load goes, and what is done to the server under it. */
export interface LoadOptions {
  address: string;
  key: string;
  clients: number;
  /** How many answers come before `strike` is called, once, with everybody still sending. */
  answers_before: number;
  strike(): Promise<void>;
  /** Stop where a connection breaks; else go on until `answers_after` more answers have come (the database came back). */
  answers_after?: number;
}

/**
 * Several clients write as fast as they are answered. After some answers the server is struck down; the load ends when
 * every client has lost its connection. Answers with 5xx are no answers: the write is to be repeated.
 */
export async function writeUntilStruck(
  known: Known,
  options: LoadOptions,
): Promise<{ server_errors: string[] }> {
  const { address, key, clients, answers_before, answers_after } = options;
  const server_errors: string[] = [];
  let answers = 0;
  let strike: Promise<void> | undefined;
  let struck_at = Number.POSITIVE_INFINITY;
  const isOver = () => answers_after !== undefined && answers >= struck_at + answers_after;
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const write = nextWrite(known);
      known.writes.push(write);
      const answer = await tryToSend({ address, key, tenant_id: write.tenant_id }, write);
      if (answer === undefined) {
        if (answers_after === undefined) return;
        continue;
      }
      if (answer.status >= 500) {
        server_errors.push(`${write.path}: ${answer.status} ${answer.body.code}: ${answer.body.detail}`);
        continue;
      }
      learn(known, write, answer);
      answers += 1;
      if (answers >= answers_before && strike === undefined) {
        strike = options.strike().then(() => {
          struck_at = answers;
        });
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await strike;
  return { server_errors };
}
