import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { namesVoice } from '../../core/voices.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { respond, respondEvents } from '../../http/respond.ts';
import { speechIdOf, synthesizeForClient } from '../../http/synthesize-for-client.ts';
import type { CaptionStore } from '../../services/captions.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import { captionsJson, type Said } from '../../speech/captions/captions.ts';
import { toSrt, toVtt } from '../../speech/captions/files.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { describe } from '../../telemetry/log.ts';
import { speechEvents } from './speech-events.ts';
import { type AskedSpeech, parseOpenaiSpeech } from './speech-fields.ts';

/** `POST /v1/audio/speech`. */
export function speechRoutes(app: Hono<HttpEnv>, options: DialectDeps, captions: CaptionStore): void {
  const { engine, limits, ports } = options;
  const rules = bodyRules(options, bodyLimits(limits).speech);
  app.post('/audio/speech', async (c) => {
    const body = await readJsonBody(c.req.raw, rules, c.get('client'));
    return answer(c, parseOpenaiSpeech(body, limits));
  });
  allowMethods(app, '/audio/speech', 'POST');

  async function answer(c: Context<HttpEnv>, asked: AskedSpeech): Promise<Response> {
    const { output, stream, timestamps } = asked;
    const request = { ...asked.request, voice: await voiceOf(asked) };
    // What the runtime moves by itself, nobody can put into events, nor say when what of it is heard.
    const relay = stream === 'sse' || timestamps ? undefined : ports.relay;
    const keepCaptions = captions.keeper(request, ownerOf(c.get('key')));
    const speech = await synthesizeForClient(c, request, output, { ...options, ports: { ...ports, relay } });
    const { id = speechIdOf(c) } = speech;
    keepCaptions(id, speech.progress);
    const headers = { 'x-speech-id': id };
    if (stream === 'audio')
      return respond(c, speech, `inline; filename="speech.${speech.extension}"`, headers);
    const events = speechEvents(speech, {
      input: request.text,
      timestamps,
      clock: ports.clock,
      onFailure: (cause) => {
        if (cause instanceof ClientGone) return;
        options.log.warn('speech broke off', { id: c.get('requestId'), cause: describe(cause) });
      },
    });
    return respondEvents(speech, events, headers);
  }

  async function voiceOf({ request, maybeVoice }: AskedSpeech): Promise<string | undefined> {
    if (maybeVoice === undefined) return request.voice;
    return namesVoice(maybeVoice, await engine.voices()) ? maybeVoice : undefined;
  }
}

interface CaptionFile {
  readonly contentType: string;
  write(said: Said): string;
}

const files: Readonly<Record<string, CaptionFile>> = {
  srt: { contentType: 'application/x-subrip; charset=utf-8', write: toSrt },
  vtt: { contentType: 'text/vtt; charset=utf-8', write: toVtt },
  json: { contentType: 'application/json', write: (said) => JSON.stringify(captionsJson(said)) },
};

/** `GET /v1/audio/speech/{id}.srt`, `.vtt`, `.json`: the captions of a speech that was spoken to its end. */
export function captionRoutes(app: Hono<HttpEnv>, storage: CaptionStore): void {
  const path = '/audio/speech/:file{[0-9a-f]{32}\\.(?:srt|vtt|json)}';
  app.get(path, async (c) => {
    const [id = '', extension = ''] = c.req.param('file').split('.');
    const [file, said] = [files[extension], await storage.find(id)];
    if (!file || !said) throw new SpeechFailure({ code: 'not_found' });
    const headers = { 'content-type': file.contentType, 'cache-control': 'no-store' };
    return c.body(file.write(said), 200, headers);
  });
  allowMethods(app, path, 'GET, HEAD');
}
