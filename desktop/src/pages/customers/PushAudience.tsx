import { useState } from "react";
import { useChanging } from "../../app/changing";
import type { Input } from "../../client/types";
import { Button, Checkbox, Dialog, Select, TextField } from "../../ui";
import type { Audience } from "./AudienceForm";

const GIVE = "give";
const WHAT = [
  [GIVE, "Give it to the members"],
  ["take", "Take it back from all who got it"],
] as const;

/** Give the members of an audience a tag at Shopify, or take it back. What would change is shown before anything happens. */
export function PushAudience({ audience, onClose }: { audience: Audience; onClose: () => void }) {
  const { ask } = useChanging();
  const { id = "", name = "" } = audience;
  const [tag, setTag] = useState(audience.tag ?? name);
  const [follows, setFollows] = useState(audience.keep_in_step ?? false);
  const [what, setWhat] = useState<string>(GIVE);
  const gives = what === GIVE;
  const typed = tag.trim();
  const fault = typed.includes(",") ? "A tag has no commas." : undefined;

  function look() {
    onClose();
    const input = gives ? { audience: id, tag: typed, keep_in_step: follows } : { audience: id, take_back: true };
    ask({
      name: "audience_push",
      input: input as Input<"audience_push">,
      title: gives ? `Tag the members of “${name}”` : `Take the tag of “${name}” back`,
      yes: gives ? "Give the tag" : "Take the tag back",
      done: gives ? `The members of ${name} are being tagged.` : `The tag of ${name} is being taken back.`,
    });
  }

  return (
    <Dialog title={`Tag the members of “${name}”`} onClose={onClose}>
      <form
        className="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          look();
        }}
      >
        <p className="soft">
          Shopify knows the members by this tag: in its segments, e-mails and discounts. Other tags of a customer stay.
        </p>
        {audience.tag && (
          <Select label="The tag" options={WHAT} value={what} onChange={(event) => setWhat(event.target.value)} />
        )}
        {gives && (
          <>
            <TextField
              label="Tag"
              maxLength={255}
              value={tag}
              fault={fault}
              onChange={(event) => setTag(event.target.value)}
            />
            <Checkbox
              label="Keep it current: every 15 minutes who has entered gets it, and who has left loses it"
              checked={follows}
              onChange={(event) => setFollows(event.target.checked)}
            />
          </>
        )}
        <div className="actions">
          <Button onClick={onClose}>Discard</Button>
          <Button type="submit" look="primary" disabled={gives && (typed === "" || fault !== undefined)}>
            Show what would change
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
