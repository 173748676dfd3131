import ipaddr from 'ipaddr.js';
import * as z from 'zod';

/** Parsers for settings that hold several values, or a choice with a meaning of its own. */

export function boolean(): z.ZodType<boolean> {
  return z.unknown().transform((value, context) => {
    const word = String(value).trim().toLowerCase();
    if (['true', '1', 'yes', 'on'].includes(word)) return true;
    if (['false', '0', 'no', 'off'].includes(word)) return false;
    context.addIssue('must be true or false');
    return z.NEVER;
  });
}

/** A list of words: separated by commas, or a list in the file. */
export function words(value: unknown): string[] {
  const items = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** Addresses and networks (CIDR), checked by `ipaddr.js`. */
export function networks(max: number): z.ZodType<readonly string[]> {
  return z.unknown().transform((value, context) => {
    const list = words(value);
    if (list.length <= max && list.every((item) => ipaddr.isValidCIDR(item) || ipaddr.isValid(item)))
      return list;
    context.addIssue(`must be at most ${max} addresses or networks, for example 127.0.0.1,10.0.0.0/8`);
    return z.NEVER;
  });
}

/** Origins of web pages (RFC 6454): `https://app.example`, a port where it is not the scheme's. */
export function webOrigins(max: number): z.ZodType<readonly string[]> {
  return z.unknown().transform((value, context) => {
    const list = words(value).map((word) => word.replace(/\/$/, '').toLowerCase());
    const isOrigin = (word: string): boolean =>
      /^https?:/.test(word) && URL.canParse(word) && new URL(word).origin === word;
    if (list.length <= max && list.every(isOrigin)) return list;
    context.addIssue(`must be at most ${max} origins, for example https://app.example,http://localhost:3000`);
    return z.NEVER;
  });
}

/** `a=b,c=d`, or a section of the file. */
export function pairs(max: number): z.ZodType<ReadonlyMap<string, string>> {
  return z.unknown().transform((value, context) => {
    const list =
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([from, to]) => [from, String(to)])
        : words(value).map((item) => item.split('=').map((part) => part.trim()));
    if (list.length <= max && list.every(([from, to, more]) => from && to && more === undefined))
      return new Map(list as [string, string][]);
    context.addIssue(`must be at most ${max} pairs, for example alice=af_heart,*=en_US-joe-medium`);
    return z.NEVER;
  });
}

/** Languages and what each is given: `de=thorsten,vi=vais1000`. */
export function languageVoices(max: number): z.ZodType<ReadonlyMap<string, string>> {
  return pairs(max).transform((given, context) => {
    try {
      return new Map([...given].map(([tag, voice]) => [canonical(tag), voice]));
    } catch {
      context.addIssue('must be pairs of a language and a voice, for example de=thorsten,pt-BR=faber');
      return z.NEVER;
    }
  });
}

/** @throws RangeError for what is no language (BCP 47) */
function canonical(tag: string): string {
  const [language] = Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
  if (language === undefined || tag.length > 35) throw new RangeError('no language');
  return language;
}

export interface RateLimit {
  /** Requests a minute; 0 is off. */
  readonly perMinute: number;
  /** Clients on this machine are not counted. */
  readonly sparesLoopback: boolean;
}

const STANDARD_RATE = 100;
const MAX_RATE = 1_000_000;

export function rate(): z.ZodType<RateLimit> {
  return z.unknown().transform((value, context) => {
    const word = String(value).trim().toLowerCase();
    if (word === 'auto') return { perMinute: STANDARD_RATE, sparesLoopback: true };
    if (/^\d+$/.test(word) && Number(word) <= MAX_RATE)
      return { perMinute: Number(word), sparesLoopback: false };
    context.addIssue(`must be auto or a whole number from 0 to ${MAX_RATE}`);
    return z.NEVER;
  });
}

/** `auto`, `memory`, `sqlite` or the address of a Redis server. */
export function stateStore(): z.ZodType<string> {
  return z.unknown().transform((value, context) => {
    const word = String(value).trim();
    if (['auto', 'memory', 'sqlite'].includes(word) || /^rediss?:\/\/\S+$/.test(word)) return word;
    context.addIssue('must be auto, memory, sqlite or an address such as redis://127.0.0.1:6379');
    return z.NEVER;
  });
}

/** `auto`, `disk`, or a bucket of an S3-compatible store by its path: `https://endpoint/bucket`, and a folder in it. */
export function fileStore(): z.ZodType<string> {
  return z.unknown().transform((value, context) => {
    const word = String(value).trim();
    if (word === 'auto' || word === 'disk') return word;
    const url = /^https?:/.test(word) && URL.canParse(word) ? new URL(word) : undefined;
    const isPlain = url && url.username === '' && url.password === '' && !url.search && !url.hash;
    if (isPlain && /^\/[\w.-]+(?:\/[\w-]+)*\/?$/.test(url.pathname)) return url.href.replace(/\/$/, '');
    context.addIssue(
      'must be auto, disk or the address of a bucket such as https://s3.example.com/voices; keys have settings of their own',
    );
    return z.NEVER;
  });
}
