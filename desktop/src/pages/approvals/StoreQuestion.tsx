import { useEffect, useState } from "react";
import { Link } from "wouter";
import { Changes, useChanging } from "../../app/changing";
import { client } from "../../app/queries";
import type { Store } from "../../app/stores";
import { OPERATIONS } from "../../client/operations";
import { TITLES } from "../../client/titles";
import type { Data, Input, OperationName, Preview } from "../../client/types";
import { words } from "../../ui";
import { Question } from "./Question";

type Approval = Data<"approvals">["items"][number];

/** A call beyond a limit of a store: who wants it, what it sends, and what it would do. */
export function StoreQuestion({ approval, store }: { approval: Approval; store: Store }) {
  const { make } = useChanging();
  const preview = usePreview(approval, store);
  const input = Object.entries(approval.input ?? {});
  return (
    <Question
      title={`${approval.subject} wants to: ${TITLES[approval.action] ?? words(approval.action)}`}
      about={
        <>
          {store.name || store.shop}, beyond a limit ·{" "}
          <Link href={`/app/audit/${approval.audit_id}`}>the refused call</Link>
        </>
      }
      asked={approval.created_at}
      until={approval.expires_at}
      waits={approval.state === "waiting"}
      decide={(approve) =>
        make(
          "approval_decide",
          { shop: store.shop, approval_id: approval.id, approve },
          approve ? "Approved: the call may be made once." : "Declined.",
        )
      }
    >
      {preview !== null && (
        <>
          <p>{preview.question ?? preview.summary}</p>
          <Changes changes={preview.changes} />
        </>
      )}
      {approval.input === null ? (
        <p>What it sends was erased.</p>
      ) : (
        <details open={preview === null}>
          <summary>What it sends</summary>
          <dl className="facts">
            {input.map(([name, value]) => (
              <Sent key={name} name={name} value={value} />
            ))}
          </dl>
        </details>
      )}
    </Question>
  );
}

function Sent({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{words(name)}</dt>
      <dd style={{ overflowWrap: "anywhere" }}>{typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
    </>
  );
}

/** Ask once what the call would do; null where that can't be said. */
function usePreview(approval: Approval, store: Store): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(null);
  const { action, input, state } = approval;
  // biome-ignore lint/correctness/useExhaustiveDependencies: an approval's input never changes
  useEffect(() => {
    if (input === null || state !== "waiting" || !Object.hasOwn(OPERATIONS, action)) {
      return;
    }
    const leaving = new AbortController();
    const name = action as OperationName;
    const asked = { ...(input as object), shop: store.shop } as unknown as Input<typeof name>;
    client
      .preview(name, asked, { signal: leaving.signal })
      .then((answer) => setPreview(answer.ok ? answer.data.preview : null))
      .catch(() => undefined);
    return () => leaving.abort();
  }, [approval.id, state, store.shop]);
  return preview;
}
