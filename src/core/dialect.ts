import type { SpeechError } from './errors.ts';

/** What an error says in every dialect; the body around it is the dialect's own. */
export interface ErrorMeaning {
  readonly code: SpeechError['code'];
  /** Of HTTP. */
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The field that is wrong, where one is. */
  readonly param?: string | undefined;
}

/**
 * Why an address needs no key. `probe`: load balancers and home servers look there as often as they like, so that no limit
 * counts it either. `list`: names of voices and models, for clients that have a key and do not send it; a setting closes it.
 * `signed`: the address carries its own proof, and any page may play it. `late`: a socket whose first message has the key where
 * the handshake has none; its route asks for it. `alive`: a probe that is answered while the server drains, too. `metrics`: a probe
 * where a setting says so, else as any other address. `docs`: what everybody may read about the server; limits count it.
 */
export type OpenPath = 'probe' | 'list' | 'signed' | 'late' | 'alive' | 'metrics' | 'docs';

/**
 * The way one kind of client speaks: its routes, the fields of its requests, the form of its errors, where it puts its key.
 * A dialect is a folder of `dialects/` and an entry of `dialects/list.ts`; nothing else knows its name.
 * Paths are patterns as routes have them: `/model/*` is `/model` and all below it.
 *
 * @typeParam App what routes are added to
 * @typeParam Deps what routes may use
 */
export interface Dialect<App, Deps> {
  readonly name: string;
  /** Its part of all addresses: what goes wrong there before a route is found has its form. */
  readonly paths: readonly string[];
  /** Those of its addresses that need no key. */
  readonly openPaths?: Readonly<Record<string, OpenPath>> | undefined;
  /** Those that a client secret opens as well as a key. */
  readonly secretPaths?: readonly string[] | undefined;
  /** Those whose answer is speech: they find out side by side whether their client may ask and who can speak. */
  readonly speechPaths?: readonly string[] | undefined;
  /** Adds its routes. What they throw is answered in its form. */
  mount(app: App, deps: Deps): void;
  readonly errorBody: (meaning: ErrorMeaning) => object;
  /** The key of a request that has no `Authorization: Bearer`, from wherever else its clients put it. */
  readonly token?: ((request: Request) => string | undefined) | undefined;
  /**
   * The path that a route has, for one that its clients write in another way. Where two dialects have one address, the headers say
   * whose request it is.
   */
  readonly canonicalPath?: ((path: string, headers: Headers) => string) | undefined;
}
