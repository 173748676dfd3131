import type { Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import type { DocsFile } from '../../core/ports.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';

/** Nothing comes from elsewhere, nothing is sent elsewhere, and no other page holds this one in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fish-edge: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
  queryConfigEnabled: false,
});
`;

const script = 'text/javascript; charset=utf-8';
const files: Readonly<Record<DocsFile, string>> = {
  'swagger-ui-bundle.js': script,
  'swagger-ui.css': 'text/css; charset=utf-8',
};

function isDocsFile(name: string): name is DocsFile {
  return Object.hasOwn(files, name);
}

/** `GET /openapi.json`, and a page that shows it at `GET /docs`, both switched off by settings. */
export function docsRoutes(
  app: Hono<HttpEnv>,
  { describeApi, hasDocsPage, ports }: Pick<DialectDeps, 'describeApi' | 'hasDocsPage' | 'ports'>,
): void {
  app.get('/openapi.json', async (c) => {
    if (!describeApi) throw new SpeechFailure({ code: 'not_found' });
    return c.json(await describeApi(), 200, { 'cache-control': 'no-cache' });
  });
  app.use('/docs/*', async (_, next) => {
    if (!describeApi || !hasDocsPage) throw new SpeechFailure({ code: 'not_found' });
    if (!ports.readDocsFile) {
      const message = 'There is no page here; a program that shows OpenAPI can read /openapi.json.';
      throw new SpeechFailure({ code: 'not_supported', message });
    }
    await next();
  });
  app.get('/docs', (c) => c.html(page, 200, headers));
  app.get('/docs/:file', async (c) => {
    const name = c.req.param('file');
    if (name === 'start.js') return c.body(start, 200, { ...headers, 'content-type': script });
    const bytes = isDocsFile(name) && (await ports.readDocsFile?.(name).catch(() => undefined));
    if (!bytes) throw new SpeechFailure({ code: 'not_found' });
    return c.body(bytes, 200, { ...headers, 'content-type': files[name] });
  });
  allowMethods(app, ['/openapi.json', '/docs', '/docs/:file'], 'GET, HEAD');
}
