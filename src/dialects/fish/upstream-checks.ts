/** The checks that pydantic makes of a request upstream, as far as Fish-Speech's models need them (docs/fish-speech.md). */

export type ErrorPath = readonly (string | number)[];

/** One entry of upstream's 422 array. */
export interface SchemaError {
  readonly type: string;
  readonly loc: ErrorPath;
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** What is wrong with `value`; nothing when it is empty. */
export type Check = (value: unknown, loc: ErrorPath) => readonly SchemaError[];

/** A float that Python writes with its point: `1.0`. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

const fine: readonly SchemaError[] = [];

function wrong(
  type: string,
  loc: ErrorPath,
  msg: string,
  input: unknown,
  ctx?: SchemaError['ctx'],
): readonly SchemaError[] {
  return [{ type, loc, msg, input, ...(ctx && { ctx }) }];
}

/** Text; bytes that are valid UTF-8 count as such. */
export const isString: Check = (value, loc) => {
  if (typeof value === 'string') return fine;
  if (!(value instanceof Uint8Array)) {
    return wrong('string_type', loc, 'Input should be a valid string', value);
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(value);
    return fine;
  } catch {
    const msg = 'Input should be a valid string, unable to parse raw data as a unicode string';
    return wrong('string_unicode', loc, msg, value);
  }
};

const integerText = /^\s*[+-]?\d+(\.0*)?\s*$/;

export const isInteger: Check = (value, loc) => {
  if (typeof value === 'boolean' || Number.isInteger(value)) return fine;
  const not = 'Input should be a valid integer';
  if (typeof value === 'number') {
    return wrong('int_from_float', loc, `${not}, got a number with a fractional part`, value);
  }
  if (typeof value !== 'string') return wrong('int_type', loc, not, value);
  if (integerText.test(value)) return fine;
  return wrong('int_parsing', loc, `${not}, unable to parse string as an integer`, value);
};

const booleanWords = ['true', 'false', '1', '0', 'yes', 'no', 'on', 'off', 't', 'f', 'y', 'n'];

export const isBoolean: Check = (value, loc) => {
  if (typeof value === 'boolean' || value === 0 || value === 1) return fine;
  const not = 'Input should be a valid boolean';
  if (typeof value !== 'string' && typeof value !== 'number') return wrong('bool_type', loc, not, value);
  if (typeof value === 'string' && booleanWords.includes(value.toLowerCase())) return fine;
  return wrong('bool_parsing', loc, `${not}, unable to interpret input`, value);
};

/** A strict float: numbers alone, no text. */
export function isBetween(ge: number, le: number): Check {
  return (value, loc) => {
    if (typeof value !== 'number') return wrong('float_type', loc, 'Input should be a valid number', value);
    const [low, high] = [{ ge: new PythonFloat(ge) }, { le: new PythonFloat(le) }];
    const not = 'Input should be';
    if (value < ge) {
      return wrong('greater_than_equal', loc, `${not} greater than or equal to ${ge}`, value, low);
    }
    if (value > le) return wrong('less_than_equal', loc, `${not} less than or equal to ${le}`, value, high);
    return fine;
  };
}

export function isOneOf(...words: readonly string[]): Check {
  const quoted = words.map((word) => `'${word}'`);
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return (value, loc) => {
    if (typeof value === 'string' && words.includes(value)) return fine;
    return wrong('literal_error', loc, `Input should be ${expected}`, value, { expected });
  };
}

/** Bytes or text, which counts as its UTF-8. */
export const isBytes: Check = (value, loc) => {
  if (typeof value === 'string' || value instanceof Uint8Array) return fine;
  return wrong('bytes_type', loc, 'Input should be a valid bytes', value);
};

export const isAnything: Check = () => fine;

export function isNullOr(check: Check): Check {
  return (value, loc) => (value === null ? fine : check(value, loc));
}

export function isListOf(check: Check): Check {
  return (value, loc) => {
    if (!Array.isArray(value)) return wrong('list_type', loc, 'Input should be a valid list', value);
    return value.flatMap((item, index) => check(item, [...loc, index]));
  };
}

/** Upstream's handler of a form's file; here bytes and base64 are as good, so only other things are refused. */
export function isUpload(isReadable: (value: unknown) => boolean): Check {
  return (value, loc) => {
    if (isReadable(value)) return fine;
    const error = `Expected UploadFile, received ${pythonType(value)} instead.`;
    return wrong('value_error', loc, `Value error, ${error}`, value, { error });
  };
}

function pythonType(value: unknown): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (Array.isArray(value)) return 'list';
  return value === null ? 'NoneType' : 'dict';
}

export interface FieldChecks {
  /** Each is required, unless its name ends in `?`. */
  readonly [name: string]: Check;
}

/** The fields of an object; what else is in it is ignored. */
export function hasFields(checks: FieldChecks): (value: object, loc: ErrorPath) => readonly SchemaError[] {
  return (value, loc) =>
    Object.entries(checks).flatMap(([marked, check]) => {
      const name = marked.replace(/\?$/, '');
      const place = [...loc, name];
      if (Object.hasOwn(value, name)) return check((value as Record<string, unknown>)[name], place);
      return marked.endsWith('?') ? fine : wrong('missing', place, 'Field required', value);
    });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

/** A whole body. */
export function isModel(className: string, checks: FieldChecks): Check {
  const fields = hasFields(checks);
  return (value, loc) => {
    if (isObject(value)) return fields(value, loc);
    const msg = `Input should be a valid dictionary or instance of ${className}`;
    return wrong('model_type', loc, msg, value, { class_name: className });
  };
}
