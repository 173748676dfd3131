import type { Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { CaptionStore } from '../../services/captions.ts';
import { captionsJson, type Said } from '../../speech/captions/captions.ts';
import { toSrt, toVtt } from '../../speech/captions/files.ts';

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
