import { Ajv2020 } from 'ajv/dist/2020.js';
import { recordingAudio } from '../../reference-audio.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly format?: string;
}
type Content = Readonly<
  Record<string, { readonly schema?: Schema; readonly example?: Record<string, unknown> }>
>;
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly example?: string;
}
export interface Described {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
export interface Document {
  readonly openapi: string;
  readonly components: { readonly responses: Readonly<Record<string, { readonly content: Content }>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

export const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** The fields of a form that are files. */
export function filesOf(content: Content = {}): string[] {
  const { properties = {} } = content['multipart/form-data']?.schema ?? {};
  return Object.entries(properties).flatMap(([name, { format, items }]) =>
    [format, items?.format].includes('binary') ? [name] : [],
  );
}

/** What an example sends. */
export function bodyOf({ requestBody }: Described): RequestInit & { headers?: Record<string, string> } {
  const content = requestBody?.content;
  if (!content) return {};
  const example = Object.values(content)[0]?.example ?? {};
  const files = filesOf(content);
  if (files.length === 0 && 'application/json' in content)
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(example) };
  const form = new FormData();
  for (const [name, value] of Object.entries(example)) {
    if (typeof value !== 'object' || value === null) form.set(name, String(value));
    else if (name === 'labels') form.set(name, JSON.stringify(value));
    else for (const [member, each] of Object.entries(value)) form.set(`${name}[${member}]`, String(each));
  }
  for (const name of files) form.set(name, new Blob([recordingAudio()]), 'recording.wav');
  return { body: form };
}
