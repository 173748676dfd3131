import type { Result } from './check.ts';
import { isNews, knownReason } from './known.ts';

const head = `# Clients

Real clients, as they are published, pointed at a running server by their base address: what each can do with it. Speech comes
from a stand-in for a Fish-Speech origin, transcription from the embedded recogniser. Made by \`npm run test:clients -- --write\`;
the checks are in \`test/clients\`, and CI runs those of npm's clients. Versions are pinned in \`package.json\`,
\`test/clients/python/requirements.json\` and \`test/clients/go/go.mod\`.

| client | version | works | does not, and why |
|---|---|---|---|
`;

/** Results by client, in the order in which they came. */
function byClient(results: readonly Result[]): Map<string, readonly Result[]> {
  return Map.groupBy(results, ({ client }) => client);
}

export function renderPage(results: readonly Result[]): string {
  const rows = [...byClient(results)].map(([client, own]) => {
    const works = own.filter(isWhole).map(({ check }) => check);
    const rest = own.filter((result) => !isWhole(result)).map(tell);
    const cells = [client, own[0]?.version ?? '', works.join('; '), rest.join('; ')];
    return `| ${cells.map(escapeCell).join(' | ')} |`;
  });
  return `${head}${rows.join('\n')}\n`;
}

/** What is known to fail may pass once by luck; nobody should count on it. */
function isWhole({ client, check, ok }: Result): boolean {
  return ok === true && knownReason(client, check) === undefined;
}

function tell({ client, check, ok, why }: Result): string {
  if (ok === null) return `${check}: not tried, ${why}`;
  return `${check}: ${knownReason(client, check) ?? why}`;
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** For the terminal: a line for each client, and one for each check that did not pass. */
export function renderSummary(results: readonly Result[]): string {
  const lines = [...byClient(results)].flatMap(([client, own]) => {
    const passed = own.filter(({ ok }) => ok === true).length;
    const rest = own.filter(({ ok }) => ok !== true);
    return [
      `${client} ${own[0]?.version}: ${passed} of ${own.length}`,
      ...rest.map((result) => `  ${result.ok === null ? '-' : 'x'} ${tell(result)}`),
    ];
  });
  return lines.join('\n');
}

export function renderTotal(results: readonly Result[]): string {
  const count = (is: (result: Result) => boolean): number => results.filter(is).length;
  const failed = count(({ ok }) => ok === false);
  const news = count(isNews);
  const untried = count(({ ok }) => ok === null);
  const passing = count(({ ok }) => ok === true);
  const clients = byClient(results).size;
  return [
    `${clients} clients, ${results.length} checks: ${passing} pass, ${failed - news} fail for a known reason, ${news} fail, ${untried} not tried`,
    ...results
      .filter(({ client, check, ok }) => ok === true && knownReason(client, check) !== undefined)
      .map(({ client, check }) => `passed, though known.ts says that it fails: ${client}: ${check}`),
  ].join('\n');
}
