import { TallystickError } from '@tallystick/sdk';

/** An error in words that somebody in front of the page can use. */
export interface Explanation {
  title: string;
  detail: string;
  /** By which the server's log knows the request. */
  request_id?: string | undefined;
}

/** Codes whose own words are for programs. The others' titles and details are sentences of the server. */
const words: Readonly<Record<string, Omit<Explanation, 'request_id'>>> = {
  connection_failed: {
    title: 'The server does not answer',
    detail: 'Is it running? The page tries again by itself.',
  },
  timed_out: { title: 'The server takes too long', detail: 'The page tries again by itself.' },
  answer_unreadable: {
    title: 'Something else answered',
    detail: 'A proxy between this page and the server may be at fault.',
  },
  monetization_disabled: {
    title: 'Monetization is switched off',
    detail:
      'The server runs with ENABLE_MONETIZATION off: nothing is recorded, sold or limited. Start it with ENABLE_MONETIZATION=true and reload.',
  },
  unauthenticated: { title: 'Your session has ended', detail: 'Sign in again to go on.' },
  credentials_refused: {
    title: 'That did not match',
    detail: 'The e-mail address or the password is wrong.',
  },
  origin_refused: {
    title: 'The server does not know this address',
    detail:
      'Open the dashboard at the address that PUBLIC_URL names, or have the proxy pass the header Host on.',
  },
  not_found: {
    title: 'There is no such tenant',
    detail: 'It may have been removed, or it is not yours to see.',
  },
  payments_unavailable: {
    title: 'The payment could not be made',
    detail: 'Nothing was charged twice: try again, the same purchase is charged once.',
  },
  database_unavailable: {
    title: 'The database does not answer',
    detail: 'Nothing is lost. The page tries again by itself.',
  },
};

/** The one place where errors become words. */
export function explainError(error: unknown): Explanation {
  if (!(error instanceof TallystickError)) {
    return { title: 'The page has a fault', detail: error instanceof Error ? error.message : String(error) };
  }
  const { code, title, detail, request_id } = error;
  const known = words[code];
  if (known !== undefined) return { ...known, request_id };
  return { title: title ?? 'The server refused', detail, request_id };
}

/** Whether asking again cannot help: somebody has to do something first. */
export function isFinal(error: unknown): boolean {
  return error instanceof TallystickError && error.status !== undefined && error.status < 500;
}
