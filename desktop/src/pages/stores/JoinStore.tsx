import { type FormEvent, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useTrying } from "../../app/trying";
import type { Input } from "../../client/types";
import { Button, TextField } from "../../ui";

/** Become a member of a store by the token of an invitation. */
export function JoinStore({ onDone }: { onDone: () => void }) {
  const { make } = useChanging();
  const [token, setToken] = useState("");
  const { busy, error, attempt } = useTrying();

  function submit(event: FormEvent) {
    event.preventDefault();
    const input = { token: token.trim() } as Input<"invitation_accept">;
    attempt(() => make("invitation_accept", input, "You have joined the store.").then(onDone));
  }

  return (
    <form className="stack" onSubmit={submit} noValidate>
      <TextField
        label="Token of the invitation"
        type="password"
        autoComplete="off"
        hint="An owner of the store gives it to you. It can be used once."
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      {error !== null && <ErrorNote error={error} />}
      <div className="row">
        <Button type="submit" look="primary" busy={busy} disabled={token.trim() === ""}>
          Join the store
        </Button>
      </div>
    </form>
  );
}
