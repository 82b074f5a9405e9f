import { type PGlite, protocol } from '@electric-sql/pglite';
import { STATEMENTS_MAX, WRITING_COMMANDS } from './engine.ts';
import type { RawResult } from './pglite-protocol.ts';

const { CommandCompleteMessage, DataRowMessage, RowDescriptionMessage } = protocol.messages;

type Message = Awaited<ReturnType<PGlite['execProtocolStream']>>[number];

/**
 * Runs statements by name: parsed and planned once, and from then on one message to PGlite instead of six. Names are
 * this session's; the least recently used one goes first.
 */
export class PgliteStatements {
  readonly #pglite: PGlite;
  readonly #names = new Map<string, string>();
  #made = 0;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /** Runs one statement with parameters in PostgreSQL's text form. Throws PGlite's DatabaseError. */
  async run(statement: string, parameters: readonly (string | null)[]): Promise<RawResult> {
    const known = this.#names.get(statement);
    if (known === undefined) this.#made += 1;
    const name = known ?? `s${this.#made}`;
    const { serialize } = protocol;
    const messages = [
      ...(known === undefined ? [...this.#forgetOldest(), serialize.parse({ name, text: statement })] : []),
      serialize.bind({ statement: name, values: [...parameters] }),
      serialize.describe({ type: 'P' }),
      serialize.execute({}),
      serialize.sync(),
    ];
    try {
      const answer = await this.#send(messages);
      this.#names.delete(statement);
      this.#names.set(statement, name);
      return toResult(answer);
    } catch (error) {
      // Whether it was parsed is not known, and its plan may be what failed; closing a name that is not there is no error.
      this.#names.delete(statement);
      await this.#send([serialize.close({ type: 'S', name }), serialize.sync()]);
      throw error;
    }
  }

  #forgetOldest(): Uint8Array[] {
    const oldest = this.#names.size < STATEMENTS_MAX ? undefined : this.#names.entries().next().value;
    if (oldest === undefined) return [];
    const [statement, name] = oldest;
    this.#names.delete(statement);
    return [protocol.serialize.close({ type: 'S', name })];
  }

  #send(messages: Uint8Array[]): Promise<Message[]> {
    return this.#pglite.runExclusive(() =>
      this.#pglite.execProtocolStream(Buffer.concat(messages), { syncToFs: false }),
    );
  }
}

/** The rows of an answer as text, and what PostgreSQL says of the command, as in `INSERT 0 3`. */
function toResult(messages: readonly Message[]): RawResult {
  const rows: (string | null)[][] = [];
  let fields: RawResult['fields'] = [];
  let command: string[] = [];
  for (const message of messages) {
    if (message instanceof RowDescriptionMessage) fields = message.fields;
    else if (message instanceof DataRowMessage) rows.push(message.fields);
    else if (message instanceof CommandCompleteMessage) command = message.text.split(' ');
  }
  const [verb = '', ...numbers] = command;
  const affected_rows = WRITING_COMMANDS.has(verb) ? Number(numbers.at(-1)) : undefined;
  return {
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rows,
    command: verb,
    affected_rows,
  };
}
