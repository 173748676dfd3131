import { REPLY_RATE } from '../../conversation/sentence-audio.ts';
import { defaultSampling } from '../../core/request.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { MAX_LIVE_MESSAGE } from '../../http/body-limits.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { type SessionParts, serveSocket } from '../../http/serve-socket.ts';
import { createCharacters } from '../../services/characters.ts';
import { createConversations } from '../../services/conversations.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import type { ChatOptions } from './session.ts';

const chatPath = '/ws';
const promptPath = '/ws/stream';
/** Of a conversation; no longer one is any. */
const MAX_ID = 64;

/** The voice-chat pipeline's WebSockets (docs/api.md, Conversations). */
export const chat: HttpDialect = {
  name: 'chat',
  paths: ['/ws/*'],
  errorBody: usualErrorBody,
  token: tokenOf,
  describe: async () => (await import('./openapi.ts')).describe(),
  mount(app, deps) {
    const characters = createCharacters(deps.state.records);
    const conversations = createConversations(deps.state.records);
    app.get(chatPath, async (c) => {
      const { ChatSession } = await import('./session.ts');
      return serveSocket(c, deps, MAX_LIVE_MESSAGE, (socket, parts) => {
        const owner = ownerOf(c.get('key'));
        const { model, listening, ports } = deps;
        const cast = (): ReturnType<typeof characters.list> => characters.list(owner);
        return new ChatSession(socket, {
          ...{ ...partsOf(parts, deps), model, listening, characters: cast },
          conversation: c.req.query('conversation')?.slice(0, MAX_ID),
          record: { conversations, owner, ports },
        }).life;
      });
    });
    app.get(promptPath, async (c) => {
      const { PromptSession } = await import('./prompt-session.ts');
      return serveSocket(c, deps, MAX_LIVE_MESSAGE, (socket, parts) => {
        return new PromptSession(socket, { ...partsOf(parts, deps), model: deps.model }).life;
      });
    });
    allowMethods(app, [chatPath, promptPath], 'GET');
  },
};

/** A page can send no header with its handshake. */
function tokenOf(request: Request): string | undefined {
  const { pathname, searchParams } = new URL(request.url);
  return pathname === chatPath || pathname === promptPath
    ? (searchParams.get('api_key') ?? undefined)
    : undefined;
}

function partsOf(
  { clock, again, speak, idleMs, writeMs, onEnd }: SessionParts,
  { limits }: DialectDeps,
): Pick<ChatOptions, 'clock' | 'again' | 'speak' | 'idleMs' | 'writeMs' | 'onEnd'> {
  const output = {
    format: 'pcm',
    rate: REPLY_RATE,
    whole: false,
    maxWholeBytes: limits.maxWholeAudio,
  } as const;
  return {
    clock,
    again,
    idleMs,
    writeMs,
    onEnd,
    speak: (text, voice, { wanted, ...place }, signal) => {
      const asked = { text, voice, speed: 1, references: [], sampling: defaultSampling, whole: false };
      return speak({ request: { ...asked, ...place }, output, wanted }, signal);
    },
  };
}
