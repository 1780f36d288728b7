import { useCallback, useState } from "react";
import { ClientError } from "../client/client";

/** Run what may be refused, such as a change: whether it is under way, and what went wrong. */
export function useTrying() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ClientError | null>(null);
  const attempt = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (raised) {
      if (!(raised instanceof ClientError)) {
        throw raised;
      }
      setError(raised);
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, error, attempt };
}
