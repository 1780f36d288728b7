import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote, faultsOf } from "../../app/ErrorNote";
import type { ClientError } from "../../client/client";
import { Button, Dialog, TextField } from "../../ui";
import type { CustomerOf } from "./Customer";
import { changed } from "./changed";
import styles from "./customer.module.css";

/** Change the basic data of a customer: only what was changed is sent, and the toast offers to undo it. */
export function Edit({ customer, onClose }: { customer: CustomerOf; onClose: () => void }) {
  const { make } = useChanging();
  const before = {
    first_name: customer.first_name ?? "",
    last_name: customer.last_name ?? "",
    email: customer.default_email_address?.email_address ?? "",
    phone: customer.default_phone_number?.phone_number ?? "",
  };
  const [fields, setFields] = useState(before);
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);
  const faults = faultsOf(error);
  const changes = changed(before, fields);

  const field = (name: keyof typeof before, label: string, type = "text") => (
    <TextField
      label={label}
      type={type}
      maxLength={255}
      value={fields[name]}
      fault={faults[`/${name}`]}
      onChange={(event) => setFields({ ...fields, [name]: event.target.value })}
    />
  );

  async function save() {
    setBusy(true);
    setError(null);
    try {
      await make("customer_update", { id: customer.id, ...changes }, "The customer was changed.");
      onClose();
    } catch (raised) {
      setError(raised as ClientError);
      setBusy(false);
    }
  }

  return (
    <Dialog title={`Edit ${customer.display_name}`} onClose={onClose}>
      <form
        className="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div className={styles.two}>
          {field("first_name", "First name")}
          {field("last_name", "Last name")}
        </div>
        {field("email", "E-mail", "email")}
        {field("phone", "Phone, with country code", "tel")}
        {error !== null && <ErrorNote error={error} />}
        <div className="actions">
          <Button onClick={onClose}>Discard</Button>
          <Button type="submit" look="primary" busy={busy} disabled={Object.keys(changes).length === 0}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
