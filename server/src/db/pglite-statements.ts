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
    return toResult(await this.#runAll([{ statement, parameters }], statement), 0);
  }

  /**
   * Runs one statement in a transaction of its own, as the role that `become_role` turns the session into: all of it in
   * one message. Throws PGlite's DatabaseError, after a rollback.
   */
  async runSingle(
    become_role: string,
    statement: string,
    parameters: readonly (string | null)[],
  ): Promise<RawResult> {
    const before = ['begin', ...(become_role === '' ? [] : [become_role])];
    const all = [...before, statement, 'commit'].map((text) => ({
      statement: text,
      parameters: text === statement ? parameters : [],
    }));
    try {
      return toResult(await this.#runAll(all, statement), before.length);
    } catch (error) {
      await this.run('rollback', []);
      throw error;
    }
  }

  /** Sends statements in one message and answers with theirs; only what `described` reads is described. */
  async #runAll(
    all: readonly { statement: string; parameters: readonly (string | null)[] }[],
    described: string,
  ): Promise<Message[]> {
    const { serialize } = protocol;
    const messages = all.flatMap(({ statement, parameters }) => [
      ...this.#parse(statement),
      serialize.bind({ statement: this.#names.get(statement) ?? '', values: [...parameters] }),
      ...(statement === described ? [serialize.describe({ type: 'P' })] : []),
      serialize.execute({}),
    ]);
    try {
      return await this.#send([...messages, serialize.sync()]);
    } catch (error) {
      // Which of them were parsed is not known, and a plan may be what failed; closing a name that is not there is no
      // error.
      const closing = all.flatMap(({ statement }) => this.#forget(statement));
      await this.#send([...closing, serialize.sync()]);
      throw error;
    }
  }

  /** Parses a statement that is not known yet; a known one is the latest used from now on. */
  #parse(statement: string): Uint8Array[] {
    const known = this.#names.get(statement);
    if (known !== undefined) {
      this.#names.delete(statement);
      this.#names.set(statement, known);
      return [];
    }
    const forgotten = this.#forgetOldest();
    this.#made += 1;
    const name = `s${this.#made}`;
    this.#names.set(statement, name);
    return [...forgotten, protocol.serialize.parse({ name, text: statement })];
  }

  #forgetOldest(): Uint8Array[] {
    const oldest = this.#names.size < STATEMENTS_MAX ? undefined : this.#names.keys().next().value;
    return oldest === undefined ? [] : this.#forget(oldest);
  }

  #forget(statement: string): Uint8Array[] {
    const name = this.#names.get(statement);
    if (name === undefined) return [];
    this.#names.delete(statement);
    return [protocol.serialize.close({ type: 'S', name })];
  }

  #send(messages: Uint8Array[]): Promise<Message[]> {
    return this.#pglite.runExclusive(() =>
      this.#pglite.execProtocolStream(Buffer.concat(messages), { syncToFs: false }),
    );
  }
}

/**
 * The rows of an answer as text, and what PostgreSQL says of the command, as in `INSERT 0 3`: that of the statement which
 * has so many before it in the message.
 */
function toResult(messages: readonly Message[], before: number): RawResult {
  const rows: (string | null)[][] = [];
  const commands: string[] = [];
  let fields: RawResult['fields'] = [];
  for (const message of messages) {
    if (message instanceof RowDescriptionMessage) fields = message.fields;
    else if (message instanceof DataRowMessage) rows.push(message.fields);
    else if (message instanceof CommandCompleteMessage) commands.push(message.text);
  }
  const [verb = '', ...numbers] = (commands[before] ?? '').split(' ');
  const affected_rows = WRITING_COMMANDS.has(verb) ? Number(numbers.at(-1)) : undefined;
  return {
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rows,
    command: verb,
    affected_rows,
  };
}
