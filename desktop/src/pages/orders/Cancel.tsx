import { useState } from "react";
import { useChanging } from "../../app/changing";
import type { Input } from "../../client/types";
import { Button, Checkbox, Dialog, Select, TextField } from "../../ui";
import { type Order, possible } from "./order";

type Reason = NonNullable<Input<"order_cancel">["reason"]>;

const REASONS: readonly (readonly [Reason, string])[] = [
  ["CUSTOMER", "The customer changed their mind"],
  ["INVENTORY", "It is not in stock"],
  ["DECLINED", "The payment was declined"],
  ["FRAUD", "It looks like fraud"],
  ["STAFF", "A mistake of the staff"],
  ["OTHER", "Another reason"],
];

/** Say why and how an order is cancelled; then the preview asks for a yes. */
export function Cancel({ order, onClose }: { order: Order; onClose: () => void }) {
  const { ask } = useChanging();
  const [reason, setReason] = useState<Reason>("CUSTOMER");
  const [restock, setRestock] = useState(true);
  const [refund, setRefund] = useState(true);
  const [notify, setNotify] = useState(false);
  const [note, setNote] = useState("");
  const paid = possible(order, undefined).refund;

  function go() {
    onClose();
    ask({
      name: "order_cancel",
      input: {
        id: order.id,
        reason,
        restock,
        notify_customer: notify,
        ...(paid && refund ? { refund_method: { original_payment_methods_refund: true } } : {}),
        ...(note.trim() === "" ? {} : { staff_note: note.trim() }),
      },
      title: `Cancel ${order.name}`,
      yes: "Cancel order",
      done: `${order.name} was cancelled.`,
    });
  }

  return (
    <Dialog title={`Cancel ${order.name}`} onClose={onClose}>
      <Select
        label="Reason"
        options={REASONS}
        value={reason}
        onChange={(event) => setReason(event.target.value as Reason)}
      />
      <Checkbox
        label="Put its items back into stock"
        checked={restock}
        onChange={(event) => setRestock(event.target.checked)}
      />
      {paid && (
        <Checkbox
          label="Refund what was paid, the way it was paid"
          checked={refund}
          onChange={(event) => setRefund(event.target.checked)}
        />
      )}
      <Checkbox
        label="Send an e-mail to the customer"
        checked={notify}
        onChange={(event) => setNotify(event.target.checked)}
      />
      <TextField
        label="Note for the staff"
        maxLength={255}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="actions">
        <Button onClick={onClose}>Keep the order</Button>
        <Button look="primary" onClick={go}>
          Continue
        </Button>
      </div>
    </Dialog>
  );
}
