import { connect, type Socket } from 'node:net';

/** Connections that are kept alive and make one call after another. */
const CONNECTIONS = 32;

/** Calls a route until the time is up; answers how many calls were answered with 200, and fails for any other. */
export async function callFor(url: string, milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds;
  const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => callOn(new URL(url), until)));
  return counts.reduce((total, count) => total + count, 0);
}

function callOn({ hostname, port, pathname }: URL, until: number): Promise<number> {
  const text = `GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(port), hostname, () => socket.write(text));
    let count = 0;
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the host closed a connection')));
    socket.on('data', (answer) => {
      // An answer is small enough to come whole.
      if (!answer.toString('latin1', 0, 12).endsWith(' 200')) reject(new Error(answer.toString()));
      count += 1;
      if (performance.now() < until) socket.write(text);
      else {
        socket.removeAllListeners('close');
        socket.end(() => resolve(count));
      }
    });
  });
}
