import { NoAnswerError, TallystickError } from '@tallystick/sdk';
import { serverAddress } from './server-address.ts';

/** Who has signed in, as the server tells it. */
export interface Session {
  user_id: string;
  tenant_id: string;
  operator: boolean;
  name: string;
  email: string;
  expires_at: string;
}

/** The session of this browser, or null. */
export async function readSession(): Promise<Session | null> {
  const answer = await send('GET', '/auth/get-session');
  return (answer as { session: Session | null }).session;
}

/** Begins a session. Throws a TallystickError, of code `credentials_refused` as a rule. */
export async function signIn(credentials: { email: string; password: string }): Promise<Session> {
  const answer = await send('POST', '/auth/sign-in/email', credentials);
  return (answer as { session: Session }).session;
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await send('POST', '/auth/sign-out');
}

/** The sign-in is no part of the API and so not in its client; it fails in the same words. */
async function send(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  let response: Response;
  let text: string;
  try {
    response = await fetch(serverAddress + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
    });
    text = await response.text();
  } catch (cause) {
    throw new NoAnswerError({ code: 'connection_failed', detail: 'no answer from the server' }, { cause });
  }
  const answer = text === '' ? undefined : parse(text, response.status);
  if (response.ok) return answer;
  const problem = answer as { code?: string; detail?: string; title?: string; request_id?: string };
  throw new TallystickError({
    code: problem.code ?? 'answer_unreadable',
    detail: problem.detail ?? `HTTP ${response.status}`,
    title: problem.title,
    status: response.status,
    request_id: problem.request_id,
  });
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TallystickError(
      { code: 'answer_unreadable', detail: `HTTP ${status} with something that is not JSON`, status },
      { cause },
    );
  }
}
