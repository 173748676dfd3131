export async function runTts(_args: readonly string[]): Promise<number> {
  return 0;
}
