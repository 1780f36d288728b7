import { useDeferredValue, useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote } from "../../app/ErrorNote";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input } from "../../client/types";
import { Button, Checkbox, Dialog, Loading, Select, TextField, words } from "../../ui";
import { amountOf, compare, written } from "./amount";
import { Choose } from "./Choose";
import { type Order, type RefundInput, refundLines } from "./order";
import styles from "./order.module.css";

/** Say what is paid back, with the amount that Shopify suggests; then the preview asks for a yes. */
export function Refund({ order, onClose }: { order: Order; onClose: () => void }) {
  const { ask } = useChanging();
  const format = useFormats();
  const lines = order.line_items.nodes.filter((line) => line.current_quantity > 0);
  const [quantities, setQuantities] = useState<Record<string, number>>({});
  const [restock, setRestock] = useState(true);
  const [place, setPlace] = useState("");
  const [shipping, setShipping] = useState("");
  const [own, setOwn] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [notify, setNotify] = useState(false);
  const locations = useRead("location_list", { limit: 50 });
  const places = (locations.data?.items ?? []).map((one) => [one.id, one.name] as const);
  const backTo = restock ? place || places[0]?.[0] || null : null;

  const picked = refundLines(lines, quantities, backTo);
  const shippingAmount = shipping.trim() === "" ? "0" : amountOf(shipping);
  const wish = JSON.stringify({ lines: picked, shipping_amount: shippingAmount ?? "0" });
  const some = useDeferredValue(wish);
  const suggested = useRead("order_refund_preview", asked(order, JSON.parse(some)));
  const refund = suggested.data?.suggested_refund;
  // While the question is a new one, the answer to the one before is still there.
  const answered = suggested.isSuccess && !suggested.isPlaceholderData && some === wish;
  const currency = order.presentment_currency_code;
  const money = (amount: string | undefined) => format.money(amount, currency);
  const chosen = picked.length > 0 || compare(shippingAmount ?? "0", "0") > 0;
  const sum = !chosen ? "0" : answered ? refund?.amount.presentment_money.amount : undefined;
  const most = refund?.maximum_refundable.presentment_money.amount;
  const shippingMost = refund?.shipping.maximum_refundable.presentment_money.amount ?? "0";
  const amount = own === null ? sum : amountOf(own);
  const faults = {
    amount:
      amount == null
        ? own === null
          ? undefined
          : "Write an amount such as 12.50."
        : most !== undefined && compare(amount, most) > 0
          ? `At most ${money(most)} can be paid back.`
          : undefined,
    shipping:
      shippingAmount === null
        ? "Write an amount such as 4.90."
        : compare(shippingAmount, shippingMost) > 0
          ? `At most ${money(shippingMost)} of it are left.`
          : undefined,
  };
  const ready =
    amount != null && (chosen || compare(amount, "0") > 0) && !faults.amount && !faults.shipping && answered;

  function go() {
    if (amount == null) {
      return;
    }
    const input: RefundInput = {
      id: order.id,
      notify_customer: notify,
      ...(picked.length === 0 ? {} : { lines: picked }),
      ...(compare(shippingAmount ?? "0", "0") > 0 ? { shipping_amount: shippingAmount ?? "0" } : {}),
      // Left out, Shopify's own suggestion is paid back.
      ...(own === null || (sum !== undefined && compare(amount, sum) === 0) ? {} : { amount }),
      ...(note.trim() === "" ? {} : { note: note.trim() }),
    };
    onClose();
    ask({
      name: "order_refund",
      input,
      title: `Refund ${order.name}`,
      yes: `Refund ${money(amount)}`,
      done: `${money(amount)} of ${order.name} were refunded.`,
    });
  }

  return (
    <Dialog title={`Refund ${order.name}`} onClose={onClose}>
      {lines.length > 0 && (
        <Choose
          legend="How many are paid back"
          lines={lines}
          most={(line) => line.current_quantity}
          quantities={quantities}
          onChange={setQuantities}
        />
      )}
      {picked.length > 0 && (
        <div className="stack tight">
          <Checkbox
            label="Put them back into stock"
            checked={restock}
            onChange={(event) => setRestock(event.target.checked)}
          />
          {restock && places.length > 1 && (
            <Select
              label="Back into stock at"
              options={places}
              value={backTo ?? ""}
              onChange={(event) => setPlace(event.target.value)}
            />
          )}
        </div>
      )}
      <div className={styles.two}>
        {compare(shippingMost, "0") > 0 && (
          <TextField
            label="Shipping"
            inputMode="decimal"
            placeholder="0"
            hint={`${money(shippingMost)} of it can be paid back.`}
            fault={faults.shipping}
            value={shipping}
            onChange={(event) => setShipping(event.target.value)}
          />
        )}
        <TextField
          label={`Amount in ${currency}`}
          inputMode="decimal"
          hint={most === undefined ? undefined : `${money(most)} can be paid back.`}
          fault={faults.amount}
          value={own ?? (sum === undefined ? "" : written(sum, currency))}
          onChange={(event) => setOwn(event.target.value === "" ? null : event.target.value)}
        />
      </div>
      {chosen && refund && (
        <p className="soft" role="status">
          {answered ? `Suggested: ${money(sum)}` : "Adding up"}
          {answered &&
            refund.suggested_transactions.length > 0 &&
            ` by ${refund.suggested_transactions.map((one) => words(one.gateway)).join(" and ")}`}
          .
        </p>
      )}
      {suggested.isPending && <Loading lines={2} label="Asking what can be paid back" />}
      {suggested.error !== null && <ErrorNote error={suggested.error} onRetry={suggested.refetch} />}
      <TextField
        label="Reason, for the staff"
        maxLength={255}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <Checkbox
        label="Send an e-mail to the customer"
        checked={notify}
        onChange={(event) => setNotify(event.target.checked)}
      />
      <div className="actions">
        <Button onClick={onClose}>Not now</Button>
        <Button look="primary" disabled={!ready} onClick={go}>
          Continue
        </Button>
      </div>
    </Dialog>
  );
}

type Some = Pick<Input<"order_refund_preview">, "lines" | "shipping_amount">;

/** Without lines the question is about all that is left: it tells how much can be paid back. */
function asked(order: Order, { lines = [], shipping_amount }: Some): Input<"order_refund_preview"> {
  return lines.length === 0 && shipping_amount === "0"
    ? { id: order.id }
    : { id: order.id, shipping_amount, ...(lines.length === 0 ? {} : { lines }) };
}
