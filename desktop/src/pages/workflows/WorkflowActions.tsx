import { useState } from "react";
import { useLocation } from "wouter";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { Button, Dialog, TextArea } from "../../ui";
import { asInput, type Definition, readObject, takes } from "./definition";

/** Start a workflow by hand, and delete it. */
export function WorkflowActions({
  id,
  name,
  definition,
  runnable,
  base,
}: {
  id: string;
  name: string;
  definition: Definition;
  runnable: boolean;
  base: string;
}) {
  const { make, say } = useChanging();
  const [, go] = useLocation();
  const [open, setOpen] = useState<"start" | "delete" | null>(null);
  const [busy, setBusy] = useState(false);
  const wanted = takes(definition);

  async function start(given: Record<string, unknown>) {
    const brought = wanted === "event" ? { trigger_data: given } : { input: given };
    const run = await make(
      "atom_workflow_execute",
      asInput<"atom_workflow_execute">({ workflow_id: id, wait: 0, ...brought }),
      "Started.",
    );
    go(`${base}/runs?run=${encodeURIComponent(run.execution_id)}`);
  }

  async function startAtOnce() {
    setBusy(true);
    try {
      await start({});
    } catch (raised) {
      say((raised as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button onClick={() => setOpen("delete")}>Delete</Button>
      <Button
        look="primary"
        busy={busy}
        disabled={!runnable}
        onClick={() => (wanted === null ? startAtOnce() : setOpen("start"))}
      >
        Start now
      </Button>
      {open === "start" && <Start of={wanted} onStart={start} onClose={() => setOpen(null)} />}
      {open === "delete" && (
        <Delete
          name={name}
          onDelete={async () => {
            await make("atom_workflow_delete", { workflow_id: id }, `“${name}” is deleted.`);
            go("/app/workflows");
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}

/** Return what does something once, with whether it is under way and how it failed. */
function useOnce(action: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  return {
    busy,
    error,
    go: async () => {
      setBusy(true);
      setError(null);
      try {
        await action();
      } catch (raised) {
        setError(raised as Error);
        setBusy(false);
      }
    },
  };
}

function Start({
  of,
  onStart,
  onClose,
}: {
  of: "event" | "input" | null;
  onStart: (given: Record<string, unknown>) => Promise<void>;
  onClose: () => void;
}) {
  const [text, setText] = useState("{}");
  const given = readObject(text);
  const { busy, error, go } = useOnce(async () => onStart(given ?? {}));
  return (
    <Dialog title="Start by hand" onClose={onClose}>
      <p>
        {of === "event"
          ? "An event usually starts this workflow. Its steps read the event's payload: give one for this run."
          : "The steps of this workflow read an input: give it for this run."}
      </p>
      <TextArea
        label={of === "event" ? "Payload as JSON" : "Input as JSON"}
        rows={6}
        spellCheck={false}
        value={text}
        fault={given === undefined ? "This is no JSON object." : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Not now</Button>
        <Button look="primary" busy={busy} disabled={given === undefined} onClick={go}>
          Start the run
        </Button>
      </div>
    </Dialog>
  );
}

function Delete({ name, onDelete, onClose }: { name: string; onDelete: () => Promise<void>; onClose: () => void }) {
  const { busy, error, go } = useOnce(onDelete);
  return (
    <Dialog title={`Delete “${name}”?`} onClose={onClose}>
      <p>It starts no more. Runs that have begun go on to their end. What is known of why it ran is deleted with it.</p>
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={go}>
          Delete workflow
        </Button>
      </div>
    </Dialog>
  );
}
