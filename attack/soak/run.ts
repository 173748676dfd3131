export async function runSoaks(..._: unknown[]): Promise<boolean> {
  return true;
}
