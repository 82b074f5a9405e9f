import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back, read no further than a load needs. */
export interface Answer {
  status: number;
  body: string;
}

const HEAD_END = '\r\n\r\n';

/** One connection with one request under way at a time: the least that a load can cost the machine it shares. */
export class KeepAliveConnection {
  readonly #socket: Socket;
  #received = '';
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    // Lengths are counted in bytes, and so are the characters of latin1.
    socket.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed a connection')));
  }

  static async open(address: string): Promise<KeepAliveConnection> {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new KeepAliveConnection(socket);
  }

  /** Sends a request as getText() and postText() make it. */
  send(text: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(text);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const head_end = this.#received.indexOf(HEAD_END);
    if (head_end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, head_end + 2))?.[1];
    if (length === undefined) {
      this.#fail(new Error(`an answer without a length: ${this.#received}`));
      return;
    }
    const end = head_end + HEAD_END.length + Number(length);
    if (this.#received.length < end) return;
    const answer = {
      status: Number(this.#received.slice(9, 12)),
      body: this.#received.slice(head_end + 4, end),
    };
    this.#received = this.#received.slice(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

/** A POST of a JSON text. Headers bring no line ends of their own. */
export function postText(path: string, headers: Record<string, string>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A GET. Headers bring no line ends of their own. */
export function getText(path: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}\r\n`;
}
