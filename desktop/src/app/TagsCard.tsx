import { X } from "lucide-react";
import { useState } from "react";
import { Button, Card, TextField } from "../ui";
import styles from "./cards.module.css";
import { useChanging } from "./changing";
import { ErrorNote } from "./ErrorNote";
import { useTrying } from "./trying";

/** The tags of an order or a customer: each can be taken off, and others added; the toast offers to undo it. */
export function TagsCard({ id, tags }: { id: string; tags: readonly string[] }) {
  const { make } = useChanging();
  const [text, setText] = useState("");
  const { busy, error, attempt } = useTrying();

  function change(name: "tag_add" | "tag_remove", some: string[], done: string) {
    attempt(async () => {
      await make(name, { id, tags: some }, done);
      setText("");
    });
  }

  const added = [...new Set(text.split(",").map((tag) => tag.trim()))].filter((tag) => tag !== "");
  return (
    <Card title="Tags">
      <div className="stack">
        {tags.length > 0 && (
          <ul className="row" aria-label="Tags">
            {tags.map((tag) => (
              <li key={tag} className={styles.tag}>
                {tag}
                <button
                  type="button"
                  disabled={busy}
                  aria-label={`Remove the tag ${tag}`}
                  onClick={() => change("tag_remove", [tag], `The tag ${tag} was removed.`)}
                >
                  <X aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        )}
        <form
          className={styles.line}
          onSubmit={(event) => {
            event.preventDefault();
            if (added.length > 0) {
              change("tag_add", added, added.length === 1 ? `The tag ${added[0]} was added.` : "The tags were added.");
            }
          }}
        >
          <TextField
            label="Add tags"
            placeholder="Separated by commas"
            maxLength={255}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button type="submit" busy={busy} disabled={added.length === 0}>
            Add
          </Button>
        </form>
        {error !== null && <ErrorNote error={error} />}
      </div>
    </Card>
  );
}
