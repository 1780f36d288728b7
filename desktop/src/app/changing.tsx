import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { ClientError, must } from "../client/client";
import type { Meta, SkillResponse } from "../client/http";
import type { Data, Input, OperationName, Previewed } from "../client/types";
import { Button, Dialog, Loading, Note, words } from "../ui";
import { ErrorNote } from "./ErrorNote";
import { client } from "./queries";
import { withShop } from "./reading";
import { useStore } from "./stores";
import { underway } from "./underway";

/** A change that a person is about to make. */
export interface Change<K extends OperationName = OperationName> {
  name: K;
  input: Input<K>;
  /** The heading of the dialog, such as "Cancel #1001". */
  title: string;
  /** The button that says yes, such as "Cancel order". */
  yes: string;
  /** What is said once it is done. */
  done: string;
  /** Called with the data once it is done. */
  onDone?: (data: Data<K>) => void;
}

interface Changing {
  /** Show what a change would do, and make it after a yes. */
  ask: <K extends OperationName>(change: Change<K>) => void;
  /** Make a small change at once, and offer to undo it. Throw a `ClientError` where it fails. */
  make: <K extends OperationName>(name: K, input: Input<K>, done: string) => Promise<Data<K>>;
  say: (text: string, tone?: "bad") => void;
}

interface Toast {
  id: number;
  text: string;
  undo?: () => void;
}

const SHOWN = 8_000;
const Context = createContext<Changing | null>(null);

export function useChanging(): Changing {
  const found = useContext(Context);
  if (found === null) {
    throw new Error("useChanging needs a ChangingProvider around it.");
  }
  return found;
}

/** Let everything inside make changes: with a preview and a yes, or at once with an undo. */
export function ChangingProvider({ children }: { children: ReactNode }) {
  const { shop } = useStore();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<{ change: Change; id: number } | null>(null);
  const [toasts, setToasts] = useState<Toast[]>([]);
  const count = useRef(0);

  const toast = useCallback((text: string, undo?: () => void) => {
    count.current += 1;
    const id = count.current;
    setToasts((all) => [...all.slice(-2), { id, text, undo }]);
    setTimeout(() => setToasts((all) => all.filter((one) => one.id !== id)), SHOWN);
  }, []);

  const finish = useCallback(
    (text: string, meta: Meta | undefined) => {
      queries.invalidateQueries();
      const entry = meta?.audit_id;
      const unproved = meta?.verified === false ? " Reading it back showed something else: look at it." : "";
      toast(
        text + unproved,
        meta?.undo === undefined || entry === undefined
          ? undefined
          : async () => {
              const answer = await client.call("audit_undo", { entry_id: entry } as Input<"audit_undo">);
              queries.invalidateQueries();
              toast(answer.ok ? "Undone." : answer.error.message);
            },
      );
    },
    [queries, toast],
  );

  const value = useMemo(
    (): Changing => ({
      ask: (change) => {
        count.current += 1;
        setAsked({ change: change as unknown as Change, id: count.current });
      },
      make: async (name, input, done) => {
        const answer = await client.call(name, withShop(name, input, shop));
        const data = must(answer);
        finish(done, answer.ok ? answer.meta : undefined);
        return data;
      },
      say: (text) => toast(text),
    }),
    [shop, finish, toast],
  );

  return (
    <Context.Provider value={value}>
      {children}
      {asked !== null && (
        <ChangeDialog
          key={asked.id}
          change={asked.change}
          onClose={() => setAsked(null)}
          onDone={(answer) => {
            setAsked(null);
            if (underway(answer.data)) {
              finish("Shopify has accepted it and goes on in the background.", undefined);
              return;
            }
            finish(asked.change.done, answer.meta);
            asked.change.onDone?.(answer.data as never);
          }}
        />
      )}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((one) => (
          <div key={one.id} className="toast">
            <span>{one.text}</span>
            {one.undo && (
              <button
                type="button"
                onClick={() => {
                  setToasts((all) => all.filter((other) => other.id !== one.id));
                  one.undo?.();
                }}
              >
                Undo
              </button>
            )}
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}

function ChangeDialog({
  change,
  onClose,
  onDone,
}: {
  change: Change;
  onClose: () => void;
  onDone: (answer: Extract<SkillResponse<unknown>, { ok: true }>) => void;
}) {
  const { shop } = useStore();
  // One key for this dialog: however often the button is pressed, the change happens once.
  const [key] = useState(() => crypto.randomUUID());
  const [previewed, setPreviewed] = useState<Previewed | null>(null);
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useMemo(() => withShop(change.name, change.input, shop), [change, shop]);

  const look = useCallback(
    async (signal?: AbortSignal) => {
      setError(null);
      const answer = await client.preview(change.name, input, { signal }).catch(() => null);
      if (answer === null || signal?.aborted) {
        return;
      }
      if (answer.ok) {
        setPreviewed(answer.data);
      } else {
        setError(new ClientError(answer.error));
      }
    },
    [change.name, input],
  );

  useEffect(() => {
    const leaving = new AbortController();
    look(leaving.signal);
    return () => leaving.abort();
  }, [look]);

  async function go() {
    setBusy(true);
    setError(null);
    const answer = await client.call(change.name, input, {
      idempotencyKey: key,
      confirmationToken: previewed?.confirmation_token,
    });
    setBusy(false);
    if (answer.ok) {
      onDone(answer);
    } else {
      setError(new ClientError(answer.error));
    }
  }

  const preview = previewed?.preview;
  return (
    <Dialog title={change.title} onClose={onClose}>
      {preview === undefined && error === null && <Loading lines={3} label="Looking at what would change" />}
      {preview !== undefined && (
        <>
          <div className="stack tight">
            {preview.question && <p>{preview.question}</p>}
            <p className={preview.question ? "soft" : undefined}>{preview.summary}</p>
          </div>
          <Changes changes={preview.changes} />
          {preview.effect === "destructive" && <Note tone="warn">This can't be undone.</Note>}
        </>
      )}
      {error !== null && <ErrorNote error={error} onRetry={preview === undefined ? () => look() : undefined} />}
      <div className="actions">
        <Button onClick={onClose}>Keep as it is</Button>
        <Button
          look={preview?.effect === "destructive" ? "danger" : "primary"}
          busy={busy}
          disabled={preview === undefined}
          onClick={go}
        >
          {change.yes}
        </Button>
      </div>
    </Dialog>
  );
}

/** What would change: a line for each field, before and after. */
export function Changes({
  changes,
}: {
  changes: { field: string; before?: unknown; after?: unknown; item?: string; location?: string }[];
}) {
  const shown = changes.filter((one) => one.field !== "");
  return shown.length === 0 ? null : (
    <dl className="changes">
      {shown.map((one) => (
        <div key={`${one.item}-${one.location}-${one.field}`}>
          <dt>{[one.item, one.location, words(one.field.replaceAll(".", " "))].filter(Boolean).join(" · ")}</dt>
          <dd>
            <del>{told(one.before)}</del> → <ins>{told(one.after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function told(value: unknown): string {
  if (value === null || value === undefined || value === "") {
    return "nothing";
  }
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    return value.length === 0 ? "nothing" : value.join(", ");
  }
  if (typeof value === "object") {
    const amount = (value as { amount?: unknown }).amount;
    return amount === undefined ? JSON.stringify(value) : String(amount);
  }
  return String(value);
}
