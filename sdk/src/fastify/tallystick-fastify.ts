import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { deliverThrough, type RecorderTrouble, type UsageEvent, UsageRecorder } from '../recorder/index.ts';
import { unreferencedTiming } from '../recorder/unreferenced-timing.ts';
import { callIds } from './call-ids.ts';
import { type Decision, DecisionGate, refusalWithoutKey } from './decision-gate.ts';
import { LeavingClients } from './leaving-clients.ts';
import { meteredRoute } from './metered-route.ts';
import type { Caller, DecideOptions, DeliveringOptions, TallystickFastifyOptions } from './plugin-options.ts';

/** A client that left before it was answered, as nginx writes it down. */
const CLIENT_CLOSED_REQUEST = 499;

const DECISION_DEADLINE_MS = 250;

/** What is kept of a call on its request: its id where it was decided, and that it is recorded. */
interface Call {
  id: string | undefined;
  is_recorded: boolean;
}

const RECORDED: Call = { id: undefined, is_recorded: true };

/** Where a request has its call: a name for each registration, because a server may have the plugin twice. */
type CallKey = symbol;
type Counted = FastifyRequest & Record<CallKey, Call | null>;

/**
 * Records every call of a Fastify server once it is over, whoever answered it, and lets it be decided before. Register
 * it once, at the root and before what answers by itself, such as authentication: it holds for all routes.
 * Recording costs a call no waiting. Calls that were not delivered when the server closes are on disk for its next start.
 */
export async function tallystickFastify(
  server: FastifyInstance,
  options: TallystickFastifyOptions,
): Promise<void> {
  const { wallClock = () => Date.now(), newId = callIds() } = options;
  const recorder = options.recorder ?? ownRecorder(server, options);
  const callOf: CallKey = Symbol('tallystick.call');
  const timeOf = isoTimes();

  const recordCall = (request: Counted, reply: FastifyReply, status_code: number) => {
    const call = request[callOf];
    if (call?.is_recorded) return;
    request[callOf] = RECORDED;
    const route = meteredRoute(request);
    if (route === undefined || options.skip?.(request)) return;
    const caller = callerOf(request, options.identify);
    const event: UsageEvent = {
      id: call?.id ?? newId(),
      endpoint: route.endpoint,
      method: request.method,
      status_code,
      response_time_ms: Math.round(reply.elapsedTime * 1000) / 1000,
      occurred_at: timeOf(wallClock()),
    };
    if (caller?.api_key_id !== undefined) event.api_key_id = caller.api_key_id;
    if (caller?.tenant_id !== undefined) event.tenant_id = caller.tenant_id;
    if (caller?.metadata !== undefined) event.metadata = caller.metadata;
    recorder.record(event);
  };

  // Fastify says nothing of an answer that nobody waits for any more.
  const clients = new LeavingClients((request, reply) => {
    const status_code = reply.raw.headersSent ? reply.raw.statusCode : CLIENT_CLOSED_REQUEST;
    recordCall(request as Counted, reply, status_code);
  });

  server.decorateRequest(callOf, null);
  server.addHook('onRequest', (request, reply, done) => {
    clients.watch(request, reply);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    clients.forget(request, reply);
    recordCall(request as Counted, reply, reply.statusCode);
    done();
  });
  if (options.recorder === undefined && options.decide !== undefined)
    decideCalls(server, options.decide, { ...options, newId }, callOf);
}

// Fastify's own words for: not in a scope of its own, and which Fastify it is made for.
Object.assign(tallystickFastify, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@tallystick/sdk/fastify',
  [Symbol.for('plugin-meta')]: { name: '@tallystick/sdk/fastify', fastify: '5.x' },
});

function ownRecorder(server: FastifyInstance, options: DeliveringOptions): UsageRecorder {
  const recorder = new UsageRecorder({
    onTrouble: (trouble) => logTrouble(server, trouble),
    ...options.recorder_options,
    ...deliverThrough(options.client),
    spool_folder: options.spool_folder,
  });
  server.addHook('onClose', async () => {
    const { pending, spooled } = await recorder.close();
    if (pending > 0)
      server.log.warn(`${pending} calls are not delivered, and ${spooled} of them are on disk`);
  });
  return recorder;
}

function logTrouble(server: FastifyInstance, { kind, detail, cause }: RecorderTrouble): void {
  const level = kind === 'events_dropped' ? 'error' : 'warn';
  server.log[level]({ kind, err: cause }, `tallystick: ${detail}`);
}

/** A call is counted even where nobody can be made out. */
function callerOf(
  request: FastifyRequest,
  identify: TallystickFastifyOptions['identify'],
): Caller | undefined {
  try {
    return identify?.(request);
  } catch (err) {
    request.log.error({ err }, 'tallystick: identify() failed, so the call is recorded without its caller');
    return undefined;
  }
}

function decideCalls(
  server: FastifyInstance,
  decide: DecideOptions,
  { client, skip, timing = unreferencedTiming, newId }: DeliveringOptions & { newId: () => string },
  callOf: CallKey,
): void {
  const gate = new DecisionGate({
    client,
    deadline_ms: decide.deadline_ms ?? DECISION_DEADLINE_MS,
    on_unavailable: decide.on_unavailable,
    timing,
    onUnavailable: (err) => server.log.warn({ err }, 'tallystick: calls cannot be decided'),
  });
  server.addHook('preHandler', async (request, reply) => {
    const route = meteredRoute(request);
    if (route === undefined || skip?.(request)) return undefined;
    const id = newId();
    (request as Counted)[callOf] = { id, is_recorded: false };
    const api_key = decide.api_key(request);
    const cost = route.cost ?? decide.cost;
    const decision =
      api_key === undefined
        ? refusalWithoutKey()
        : await gate.decide({
            api_key,
            request_id: id,
            endpoint: route.endpoint,
            ...(cost === undefined ? {} : { cost }),
          });
    return decision.outcome === 'refused' ? refuse(reply, decision) : undefined;
  });
}

function refuse(reply: FastifyReply, refusal: Extract<Decision, { outcome: 'refused' }>): FastifyReply {
  const { status, retry_after_seconds, problem } = refusal;
  if (retry_after_seconds !== undefined) reply.header('retry-after', retry_after_seconds);
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** RFC 3339 of a time. Under load many calls end in one millisecond. */
function isoTimes(): (milliseconds: number) => string {
  let last = Number.NaN;
  let text = '';
  return (milliseconds) => {
    if (milliseconds !== last) {
      last = milliseconds;
      text = new Date(milliseconds).toISOString();
    }
    return text;
  };
}
