/**
 * Cases that do not hold yet, and what they wait for: `case`, or `case@runtime` where it is one alone. The short form (and with
 * it CI) leaves them out and says so; the full form and `--case` run them all the same. Whoever mends one deletes its line.
 */
export const pending: Readonly<Record<string, string>> = {
  'slow-heads@deno':
    'Deno.serve, which has no deadline for heads, nor an option for one (denoland/deno#3515; docs/runtimes.md)',
};
