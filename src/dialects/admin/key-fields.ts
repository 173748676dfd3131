import * as z from 'zod';
import { booleanField, integerField, optional } from '../../http/fields.ts';
import { keyName, MAX_RATE } from '../../services/keys.ts';

const notAnObject = { error: 'The body must be an object.' };
const limits = { min: 0, max: MAX_RATE };

/** A date or a time (ISO 8601), as a time. */
const expires: z.ZodType<string> = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'expires must be a date or a time (ISO 8601), for example 2027-01-31',
  })
  .transform((text) => new Date(text).toISOString());

/** 0 is no limit; without one the server's own holds. */
export const keyBody = z.object(
  {
    name: z
      .string({ error: 'name is required' })
      .regex(keyName, { error: 'name must have 1 to 64 letters, digits, dots, dashes, @' }),
    rate: optional(integerField('rate', limits)),
    characters: optional(integerField('characters', limits)),
    admin: optional(booleanField('admin')),
    expires: optional(expires),
  },
  notAnObject,
);

/** `null` takes a limit or an end away. */
export const keyChange = z.object(
  {
    rate: integerField('rate', limits).nullable().optional(),
    characters: integerField('characters', limits).nullable().optional(),
    admin: booleanField('admin').optional(),
    expires: expires.nullable().optional(),
    name: z.never({ error: 'name cannot change: usage, limits and voices are counted by it' }).optional(),
  },
  notAnObject,
);
