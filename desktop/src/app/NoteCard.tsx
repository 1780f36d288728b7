import { useState } from "react";
import { Button, Card, TextArea } from "../ui";
import { ErrorNote } from "./ErrorNote";
import { useTrying } from "./trying";

/** The note for the staff, which `save` changes: null clears it. */
export function NoteCard({ note, save }: { note: string | null; save: (note: string | null) => Promise<unknown> }) {
  const [text, setText] = useState<string | null>(null);
  const { busy, error, attempt } = useTrying();

  function keep(changed: string) {
    attempt(async () => {
      await save(changed.trim() === "" ? null : changed);
      setText(null);
    });
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
