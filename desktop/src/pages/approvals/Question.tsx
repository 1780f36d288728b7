import { type ReactNode, useState } from "react";
import { ErrorNote } from "../../app/ErrorNote";
import { useFormats } from "../../app/stores";
import { Badge, Button, Card } from "../../ui";

/** Something that waits for a yes: the question, what it is about, and the two answers. */
export function Question({
  title,
  about,
  asked,
  until,
  waits,
  decide,
  children,
}: {
  title: string;
  about: ReactNode;
  asked: string;
  until: string | null;
  waits: boolean;
  decide: (approve: boolean) => Promise<unknown>;
  children?: ReactNode;
}) {
  const format = useFormats();
  const [busy, setBusy] = useState<"yes" | "no" | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const expired = until !== null && new Date(until).getTime() <= Date.now();
  const open = waits && !expired;

  async function answer(approve: boolean) {
    setBusy(approve ? "yes" : "no");
    setError(null);
    try {
      await decide(approve);
    } catch (raised) {
      setError(raised as Error);
    } finally {
      setBusy(null);
    }
  }

  return (
    <Card title={title} actions={!open && <Badge>{expired ? "Expired" : "Answered"}</Badge>}>
      <div className={`stack ${open ? "" : "soft"}`}>
        <p className="soft">
          {about} · asked {format.ago(asked)}
          {until !== null && (expired ? ` · expired ${format.ago(until)}` : ` · answer until ${format.time(until)}`)}
        </p>
        {children}
        {error !== null && <ErrorNote error={error} />}
        {open && (
          <div className="row">
            <Button
              look="primary"
              busy={busy === "yes"}
              disabled={busy !== null}
              aria-label={`Approve: ${title}`}
              onClick={() => answer(true)}
            >
              Approve
            </Button>
            <Button
              busy={busy === "no"}
              disabled={busy !== null}
              aria-label={`Decline: ${title}`}
              onClick={() => answer(false)}
            >
              Decline
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
