import { useState } from "react";
import type { ClientError } from "../client/client";
import { Button, Card, TextArea } from "../ui";
import { ErrorNote } from "./ErrorNote";

/** The note for the staff, which `save` changes: null clears it. */
export function NoteCard({ note, save }: { note: string | null; save: (note: string | null) => Promise<unknown> }) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);

  async function keep(changed: string) {
    setBusy(true);
    setError(null);
    try {
      await save(changed.trim() === "" ? null : changed);
      setText(null);
    } catch (raised) {
      setError(raised as ClientError);
    }
    setBusy(false);
  }

  if (text === null) {
    return (
      <Card
        title="Note"
        actions={
          <Button small look="plain" onClick={() => setText(note ?? "")}>
            {note ? "Edit" : "Add a note"}
          </Button>
        }
      >
        {note ? <p style={{ whiteSpace: "pre-line" }}>{note}</p> : <p className="soft">No note.</p>}
      </Card>
    );
  }
  return (
    <Card title="Note">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          keep(text);
        }}
      >
        <TextArea
          label="Note for the staff"
          autoFocus
          maxLength={5000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {error !== null && <ErrorNote error={error} />}
        <div className="row">
          <Button type="submit" busy={busy}>
            Save
          </Button>
          <Button look="plain" onClick={() => setText(null)}>
            Discard
          </Button>
        </div>
      </form>
    </Card>
  );
}
