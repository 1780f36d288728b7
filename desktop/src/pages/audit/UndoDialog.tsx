import { useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { Changes, useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { client } from "../../app/queries";
import { useRefresh, withShop } from "../../app/reading";
import { useStore } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { SkillError } from "../../client/http";
import type { Previewed } from "../../client/types";
import { Button, Checkbox, Dialog, Loading, Note } from "../../ui";
import { type Entry, titleOf } from "./outcome";

interface Conflict {
  field: string;
  wanted: unknown;
  found: unknown;
}

/**
 * Ask whether to undo a change, with what that would change. Where somebody has changed the same values since, both
 * values are shown, and to overwrite them is a question of its own.
 */
export function UndoDialog({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { shop } = useStore();
  const { say } = useChanging();
  const refresh = useRefresh();
  const [, go] = useLocation();
  const [force, setForce] = useState(false);
  const [sure, setSure] = useState(false);
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const [error, setError] = useState<SkillError | null>(null);
  const [busy, setBusy] = useState(false);
  const conflicts = conflictsOf(error);

  const look = useCallback(
    async (signal?: AbortSignal) => {
      setPreviewed(null);
      setError(null);
      const input = withShop("audit_undo", { entry_id: entry.id, force }, entry.shop ?? shop);
      const answer = await client.preview("audit_undo", input, { signal }).catch(() => null);
      if (answer === null || signal?.aborted) {
        return;
      }
      if (answer.ok) {
        setPreviewed(answer.data);
      } else {
        setError(answer.error);
      }
    },
    [entry, force, shop],
  );
  useEffect(() => {
    const leaving = new AbortController();
    look(leaving.signal);
    return () => leaving.abort();
  }, [look]);

  async function undo() {
    setBusy(true);
    const input = withShop("audit_undo", { entry_id: entry.id, force }, entry.shop ?? shop);
    const answer = await client.call("audit_undo", input, { confirmationToken: previewed?.confirmation_token });
    setBusy(false);
    refresh();
    if (!answer.ok) {
      setPreviewed(null);
      setSure(false);
      setError(answer.error);
      return;
    }
    say("Undone.");
    onClose();
    const made = (answer.data as { id?: string }).id;
    if (made !== undefined && answer.meta?.operation_id === undefined) {
      go(`/app/audit/${made}`);
    }
  }

  const preview = previewed?.preview;
  return (
    <Dialog title={`Undo “${titleOf(entry)}”?`} onClose={onClose}>
      {preview === undefined && error === null && <Loading lines={3} label="Looking at what would change" />}
      {preview !== undefined && (
        <>
          <p>{preview.question ?? preview.summary}</p>
          <Changes changes={preview.changes} />
          {force && (
            <Checkbox
              label="Overwrite what was changed since"
              checked={sure}
              onChange={(event) => setSure(event.target.checked)}
            />
          )}
        </>
      )}
      {conflicts.length > 0 && (
        <>
          <Note tone="warn" title="It has been changed since">
            Undoing would overwrite the newer values:
          </Note>
          <dl className="changes">
            {conflicts.map((conflict) => (
              <div key={conflict.field}>
                <dt>{conflict.field.replaceAll("_", " ")}</dt>
                <dd>
                  Set by this change: {shown(conflict.wanted)}
                  <br />
                  Now: <ins>{shown(conflict.found)}</ins>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {error !== null && conflicts.length === 0 && (
        <ErrorNote error={new ClientError(error)} onRetry={preview === undefined ? () => look() : undefined} />
      )}
      <div className="actions">
        <Button onClick={onClose}>Keep as it is</Button>
        {conflicts.length > 0 ? (
          <Button look="danger" onClick={() => setForce(true)}>
            Overwrite …
          </Button>
        ) : (
          <Button
            look={force || preview?.effect === "destructive" ? "danger" : "primary"}
            busy={busy}
            disabled={preview === undefined || (force && !sure)}
            onClick={undo}
          >
            {force ? "Overwrite and undo" : "Undo the change"}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** Return the values that stand in the way of an undo. */
function conflictsOf(error: SkillError | null): Conflict[] {
  const told = error?.code === "STALE" ? error.details.differences : undefined;
  return Array.isArray(told) ? (told as Conflict[]) : [];
}

function shown(value: unknown): string {
  return value === null || value === undefined || value === ""
    ? "nothing"
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
}
