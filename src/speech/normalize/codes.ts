import { cardinal, codeNumber, digitByDigit } from './cardinals.ts';

/** Numbers that are names: telephone numbers, versions, network addresses. */
const PHONE =
  /(?<![\d.,-])(?:(\+\d{1,3}|1)[\s.-]?)?(?:\((\d{3})\)\s?|(\d{3})[-. ])(\d{3})[-. ](\d{4})(?![\d-]|[.,]\d)/g;
const LOCAL_PHONE = /(?<![\d.,$-])([2-9]\d{2})-(\d{4})(?![\d-]|[.,]\d)/g;
const INTERNATIONAL = /(?<![\d+])\+(\d{1,3})((?:[\s.-]?\d{2,4}){2,5})(?!\d)/g;
const VERSION = /\b[vV](?:er(?:sion)?)?\.?\s?(\d{1,6}(?:\.\d{1,6}){0,5})(?![\d.]*\d|[A-Za-z])/g;
const DOTTED_CODE = /(?<![\d.,])(\d{1,6}(?:\.\d{1,6}){2,5})(?!\d|\.\d)/g;
const NETWORK_PARTS = 4;

const sayGroups = (groups: readonly (string | undefined)[]): string =>
  groups
    .filter((group) => group !== undefined && group !== '')
    .map((group) => digitByDigit(group!.replace(/\D/g, '')))
    .join(', ');

function sayDotted(code: string): string {
  const parts = code.split('.');
  const thousands = parts.length !== NETWORK_PARTS && parts.slice(1).every((part) => part.length === 3);
  if (thousands && parts[0]!.length <= 3) return cardinal(parts.join(''));
  return parts.length === NETWORK_PARTS
    ? parts.map(codeNumber).join(' dot ')
    : parts.map(cardinal).join(' point ');
}

export function readCodes(text: string): string {
  return text
    .replace(PHONE, (_, ...groups) => {
      const [country, bracketed, area, exchange, line] = groups as (string | undefined)[];
      const plus = country?.startsWith('+') === true ? 'plus ' : '';
      return plus + sayGroups([country, bracketed ?? area, exchange, line]);
    })
    .replace(
      INTERNATIONAL,
      (_, country: string, rest: string) => `plus ${sayGroups([country, ...rest.split(/[\s.-]/)])}`,
    )
    .replace(LOCAL_PHONE, (_, exchange: string, line: string) => sayGroups([exchange, line]))
    .replace(VERSION, (_, code: string) => `version ${sayDotted(code)}`)
    .replace(DOTTED_CODE, (_, code: string) => sayDotted(code));
}
