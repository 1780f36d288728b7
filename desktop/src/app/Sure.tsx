import type { ReactNode } from "react";
import { Button, Dialog } from "../ui";
import { ErrorNote } from "./ErrorNote";
import { useTrying } from "./trying";

/** A question before a change that has no preview. The yes makes it; the dialog stays open where that fails. */
export function Sure({
  title,
  yes,
  no,
  make,
  onClose,
  children,
}: {
  title: string;
  yes: string;
  no: string;
  make: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const { busy, error, attempt } = useTrying();
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {error !== null && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>{no}</Button>
        <Button look="danger" busy={busy} onClick={() => attempt(() => make().then(onClose))}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
