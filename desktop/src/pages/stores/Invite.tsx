import { type FormEvent, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { type Store, useFormats } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { Data, Input } from "../../client/types";
import { Button, Dialog, Note, Select, TextField } from "../../ui";

const ROLES = [
  ["member", "Member: uses the store"],
  ["owner", "Owner: also invites, and disconnects it"],
] as const;
const HOURS = [
  ["24", "A day"],
  ["72", "3 days"],
  ["168", "A week"],
] as const;

/** Invite somebody to a store; the token that they need is shown once. */
export function Invite({ store, onClose }: { store: Store; onClose: () => void }) {
  const { make, say } = useChanging();
  const format = useFormats();
  const [form, setForm] = useState({ subject: "", role: "member", hours: "72" });
  const [made, setMade] = useState<Data<"invitation_create"> | null>(null);
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const input = {
        shop: store.shop,
        role: form.role,
        hours: Number(form.hours),
        ...(form.subject.trim() === "" ? {} : { subject: form.subject.trim() }),
      } as Input<"invitation_create">;
      setMade(await make("invitation_create", input, "The invitation is made."));
    } catch (raised) {
      if (!(raised instanceof ClientError)) {
        throw raised;
      }
      setError(raised);
    }
    setBusy(false);
  }

  if (made !== null) {
    return (
      <Dialog title="The invitation" onClose={onClose}>
        <Note>Give this token to the person, in a way that nobody else reads. It is shown only now.</Note>
        <TextField
          label="Token"
          readOnly
          value={made.token}
          hint={`It can be used once, until ${format.time(made.expires_at)}.`}
          onFocus={(event) => event.target.select()}
        />
        <div className="actions">
          <Button
            onClick={async () => {
              await navigator.clipboard.writeText(made.token).then(
                () => say("The token is copied."),
                () => say("The browser did not copy it: select it and copy it yourself."),
              );
            }}
          >
            Copy
          </Button>
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={`Invite somebody to ${store.name || store.shop}`} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="Person"
          hint="Their name on this server. Empty: whoever has the token."
          autoComplete="off"
          maxLength={255}
          value={form.subject}
          onChange={(event) => setForm({ ...form, subject: event.target.value })}
        />
        <Select
          label="Role"
          options={ROLES}
          value={form.role}
          onChange={(event) => setForm({ ...form, role: event.target.value })}
        />
        <Select
          label="It ends after"
          options={HOURS}
          value={form.hours}
          onChange={(event) => setForm({ ...form, hours: event.target.value })}
        />
        {error !== null && <ErrorNote error={error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Make the invitation
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
