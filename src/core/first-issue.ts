/** A value that a schema refuses, as Zod tells it: never without an issue. */
interface Refusal {
  readonly issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[];
}

/** What is wrong first, and where. */
export function firstIssue({ issues: [issue] }: Refusal): {
  readonly message: string;
  readonly path: string[];
} {
  return { message: issue?.message ?? 'is wrong', path: issue?.path.map(String) ?? [] };
}
