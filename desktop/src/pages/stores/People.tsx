import { UserMinus, X } from "lucide-react";
import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { type Store, useFormats } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { Input, OperationName } from "../../client/types";
import { Badge, Button, Dialog, IconButton, Loading, words } from "../../ui";
import { Invite } from "./Invite";
import styles from "./stores.module.css";

/** Who uses a store, and who is invited; owners invite and dismiss. */
export function People({ store }: { store: Store }) {
  const format = useFormats();
  const { make, say } = useChanging();
  const [inviting, setInviting] = useState(false);
  const [dismissing, setDismissing] = useState<string | null>(null);
  const owner = store.role === "owner";
  const members = useRead("members", { shop: store.shop } as Input<"members">);
  const invitations = useRead("invitations", { shop: store.shop } as Input<"invitations">, { enabled: owner });

  async function change<K extends OperationName>(name: K, input: Input<K>, done: string) {
    try {
      await make(name, input, done);
    } catch (raised) {
      say(raised instanceof ClientError ? raised.error.message : "This did not work.", "bad");
    }
  }

  return (
    <section className="stack" aria-label={`People of ${store.name || store.shop}`}>
      <h3>People</h3>
      {members.error !== null && members.data === undefined ? (
        <ErrorNote error={members.error} onRetry={members.refetch} />
      ) : members.data === undefined ? (
        <Loading lines={2} label="Loading the people" />
      ) : (
        <ul className={styles.streams}>
          {members.data.items.map((member) => (
            <li key={member.subject}>
              <span className="row">
                {member.subject} {member.role === "owner" && <Badge>Owner</Badge>}
              </span>
              {owner && members.data.items.length > 1 && (
                <IconButton
                  icon={UserMinus}
                  label={`Dismiss ${member.subject}`}
                  onClick={() => setDismissing(member.subject)}
                />
              )}
            </li>
          ))}
          {(invitations.data?.items ?? []).map((invitation) => (
            <li key={invitation.id}>
              <span className="soft">
                {invitation.subject ?? "Anyone with the token"} · invited as {words(invitation.role).toLowerCase()}{" "}
                until {format.time(invitation.expires_at)}
              </span>
              <IconButton
                icon={X}
                label={`Withdraw the invitation of ${invitation.subject ?? "anyone"}`}
                onClick={() =>
                  change(
                    "invitation_revoke",
                    { shop: store.shop, invitation_id: invitation.id } as Input<"invitation_revoke">,
                    "The invitation was withdrawn.",
                  )
                }
              />
            </li>
          ))}
        </ul>
      )}
      {owner && (
        <div className="row">
          <Button small onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        </div>
      )}
      {inviting && <Invite store={store} onClose={() => setInviting(false)} />}
      {dismissing !== null && (
        <Dialog title={`Dismiss ${dismissing}?`} onClose={() => setDismissing(null)}>
          <p>
            {dismissing} can no longer use {store.name || store.shop} here. What they did stays in the list of changes.
          </p>
          <div className="actions">
            <Button onClick={() => setDismissing(null)}>Keep them</Button>
            <Button
              look="danger"
              onClick={async () => {
                setDismissing(null);
                await change(
                  "member_remove",
                  { shop: store.shop, subject: dismissing } as Input<"member_remove">,
                  `${dismissing} is dismissed.`,
                );
              }}
            >
              Dismiss
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
