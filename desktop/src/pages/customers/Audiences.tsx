import { Users } from "lucide-react";
import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useStore } from "../../app/stores";
import { Button, Card, Empty, Loading } from "../../ui";
import { type Audience, AudienceForm } from "./AudienceForm";
import styles from "./customer.module.css";
import { PushAudience } from "./PushAudience";
import { inWords } from "./rules";
import type { Opening } from "./Segments";

/** The saved groups of customers. */
export function Audiences({ open, setOpen }: Opening) {
  const { store } = useStore();
  const { data, error, isPending, refetch } = useRead("audience_list", {}, { enabled: store !== undefined });
  if (error !== null && data === undefined) {
    return <ErrorNote error={error} onRetry={refetch} />;
  }
  const audiences = data?.audiences ?? [];
  return (
    <Card title="Audiences">
      {isPending && <Loading lines={3} label="Loading the audiences" />}
      {data !== undefined && audiences.length === 0 && (
        <Empty icon={Users} title="No audiences yet">
          An audience is a group of customers by rules, such as those who bought a lot, but not recently.
        </Empty>
      )}
      <ul className={styles.audiences}>
        {audiences.map((audience) => (
          <li key={audience.id}>
            <div>
              <strong>{audience.name}</strong>
              <div className="soft">
                {(audience.rules ?? []).map(inWords).join(audience.match === "any" ? ", or " : ", and ")}
              </div>
              {audience.tag && (
                <div className="small soft">
                  {audience.keep_in_step
                    ? `Its members have the tag ${audience.tag}, which follows them every 15 minutes.`
                    : `Its members were given the tag ${audience.tag}.`}
                </div>
              )}
            </div>
            <AudienceActions
              audience={audience}
              open={open === audience.id}
              onOpen={(opened) => setOpen(opened ? (audience.id ?? "") : "")}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function AudienceActions({
  audience,
  open,
  onOpen,
}: {
  audience: Audience;
  open: boolean;
  onOpen: (opened: boolean) => void;
}) {
  const { ask } = useChanging();
  const [shown, show] = useState<"edit" | "push" | null>(null);
  const { id = "", name = "" } = audience;
  return (
    <div className="row">
      <Button
        small
        aria-pressed={open}
        aria-label={`${open ? "Hide" : "Show"} members of ${name}`}
        onClick={() => onOpen(!open)}
      >
        {open ? "Hide members" : "Show members"}
      </Button>
      <Button small look="plain" aria-label={`Edit the audience ${name}`} onClick={() => show("edit")}>
        Edit
      </Button>
      <Button small look="plain" aria-label={`Tag members of ${name}`} onClick={() => show("push")}>
        Tag members
      </Button>
      <Button
        small
        look="plain"
        aria-label={`Delete the audience ${name}`}
        onClick={() =>
          ask({
            name: "audience_delete",
            input: { audience: id },
            title: `Delete the audience ${name}`,
            yes: "Delete audience",
            done: `The audience ${name} was deleted.`,
            onDone: () => onOpen(false),
          })
        }
      >
        Delete
      </Button>
      {shown === "edit" && <AudienceForm audience={audience} onClose={() => show(null)} onSaved={() => onOpen(true)} />}
      {shown === "push" && <PushAudience audience={audience} onClose={() => show(null)} />}
    </div>
  );
}
