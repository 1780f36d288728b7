import type { ReactNode } from "react";
import { ClientError } from "../client/client";
import { Button, Note } from "../ui";
import { Ticked } from "../ui/Ticked";

/** Say what went wrong, and offer what helps: to try again, to connect anew, or to sign in. */
export function ErrorNote({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const told = error instanceof ClientError ? error.error : undefined;
  const connect = typeof told?.details.connect_url === "string" ? told.details.connect_url : undefined;
  const actions: ReactNode[] = [];
  if (connect !== undefined) {
    actions.push(
      <a key="connect" className="button" href={connect}>
        Connect again
      </a>,
    );
  }
  if (onRetry !== undefined && (told === undefined || told.retryable)) {
    actions.push(
      <Button key="retry" onClick={onRetry}>
        Try again
      </Button>,
    );
  }
  return (
    <Note tone="bad" title={<Ticked text={told?.message ?? error.message} />} action={actions.length > 0 && actions}>
      <Faults error={error} />
      {told?.request_id && <p className="small soft">Request {told.request_id}</p>}
    </Note>
  );
}

interface Fault {
  pointer?: string;
  message?: string;
}

/** What is wrong with an input, by JSON pointer such as `/quantity`. */
export function faultsOf(error: unknown): Record<string, string> {
  const faults = error instanceof ClientError ? error.error.details.faults : undefined;
  if (!Array.isArray(faults)) {
    return {};
  }
  return Object.fromEntries((faults as Fault[]).map((fault) => [fault.pointer ?? "", fault.message ?? "Not valid."]));
}

function Faults({ error }: { error: Error }) {
  const faults = Object.entries(faultsOf(error)).filter(([, message]) => message !== "Not valid.");
  return faults.length < 2 ? null : (
    <ul className="small">
      {faults.map(([pointer, message]) => (
        <li key={pointer}>
          <Ticked text={message} />
        </li>
      ))}
    </ul>
  );
}
