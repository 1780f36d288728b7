/**
 * Return whether an answer is an operation that Shopify has accepted and not ended (status 202): then the change is not
 * made yet, and nobody should say so.
 */
export function underway(data: unknown): boolean {
  if (typeof data !== "object" || data === null) {
    return false;
  }
  const { done, action, progress } = data as Record<string, unknown>;
  return done === false && typeof action === "string" && typeof progress === "object";
}
