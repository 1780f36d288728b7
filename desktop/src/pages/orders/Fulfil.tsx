import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChanging } from "../../app/changing";
import { ErrorNote, faultsOf } from "../../app/ErrorNote";
import { client } from "../../app/queries";
import { withShop } from "../../app/reading";
import { useStore } from "../../app/stores";
import { ClientError } from "../../client/client";
import type { Input } from "../../client/types";
import { Button, Checkbox, Dialog, Loading, Select, TextField } from "../../ui";
import { Choose } from "./Choose";
import type { Order } from "./order";
import styles from "./order.module.css";

interface Place {
  location: string;
  location_id: string;
  left: number;
  status: string;
}

/** Ask how an order would be sent: from which of several locations it can be, or why it can't be at all. */
function usePlaces(order: Order): { places: Place[]; error: ClientError | null; isPending: boolean } {
  const { shop } = useStore();
  const { data, isPending } = useQuery({
    queryKey: ["fulfillment_create", "places", shop, order.id, order.updated_at],
    queryFn: ({ signal }) =>
      client.preview("fulfillment_create", withShop("fulfillment_create", { order_id: order.id }, shop), { signal }),
  });
  if (data === undefined || data.ok) {
    return { places: [], error: null, isPending };
  }
  const several = Object.keys(faultsOf(new ClientError(data.error))).includes("/location_id");
  const told = data.error.details.fulfillment_orders as Place[] | undefined;
  return several && told !== undefined
    ? { places: told.filter((place) => place.left > 0), error: null, isPending }
    : { places: [], error: new ClientError(data.error), isPending };
}

/** Send an order, or some of it. The toast offers to take it back. */
export function Fulfil({ order, onClose }: { order: Order; onClose: () => void }) {
  const { make } = useChanging();
  const { places, error: refused, isPending } = usePlaces(order);
  const lines = order.line_items.nodes.filter((line) => line.unfulfilled_quantity > 0);
  const [quantities, setQuantities] = useState(() =>
    Object.fromEntries(lines.map((line) => [line.id, line.unfulfilled_quantity])),
  );
  const [place, setPlace] = useState("");
  const [company, setCompany] = useState("");
  const [number, setNumber] = useState("");
  const [notify, setNotify] = useState(false);
  const [error, setError] = useState<ClientError | null>(null);
  const [busy, setBusy] = useState(false);
  const chosen = lines.filter((line) => (quantities[line.id] ?? 0) > 0);
  const all = lines.every((line) => quantities[line.id] === line.unfulfilled_quantity);
  const ids = [...new Map(places.map((one) => [one.location_id, one.location]))];

  async function go() {
    const from = place || ids[0]?.[0];
    const input: Input<"fulfillment_create"> = {
      order_id: order.id,
      notify_customer: notify,
      ...(from === undefined ? {} : { location_id: from }),
      // Without lines all that is left at the location is sent.
      ...(all ? {} : { lines: chosen.map((line) => ({ line_item_id: line.id, quantity: quantities[line.id] })) }),
      ...(company.trim() === "" ? {} : { tracking_company: company.trim() }),
      ...(number.trim() === "" ? {} : { tracking_number: number.trim() }),
    };
    setBusy(true);
    setError(null);
    try {
      const part = all && ids.length < 2 ? "" : "A part of ";
      await make("fulfillment_create", input, `${part}${order.name} was fulfilled.`);
      onClose();
    } catch (raised) {
      setError(raised as ClientError);
      setBusy(false);
    }
  }

  return (
    <Dialog title={`Fulfil ${order.name}`} onClose={onClose}>
      {isPending ? (
        <Loading lines={4} label="Looking at what can be sent" />
      ) : refused !== null ? (
        <ErrorNote error={refused} />
      ) : (
        <>
          <Choose
            legend="How many are sent"
            lines={lines}
            most={(line) => line.unfulfilled_quantity}
            quantities={quantities}
            onChange={setQuantities}
          />
          {ids.length > 1 && (
            <Select
              label="Sent from"
              hint="Each location sends its own part of the order."
              options={ids}
              value={place || ids[0]?.[0]}
              onChange={(event) => setPlace(event.target.value)}
            />
          )}
          <div className={styles.two}>
            <TextField
              label="Tracking number"
              maxLength={255}
              value={number}
              onChange={(event) => setNumber(event.target.value)}
            />
            <TextField
              label="Carrier"
              placeholder="Such as DHL"
              maxLength={255}
              value={company}
              onChange={(event) => setCompany(event.target.value)}
            />
          </div>
          <Checkbox
            label="Send an e-mail to the customer"
            checked={notify}
            onChange={(event) => setNotify(event.target.checked)}
          />
        </>
      )}
      {error !== null && error.message !== refused?.message && <ErrorNote error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Not now</Button>
        <Button look="primary" busy={busy} disabled={isPending || refused !== null || chosen.length === 0} onClick={go}>
          Fulfil
        </Button>
      </div>
    </Dialog>
  );
}
