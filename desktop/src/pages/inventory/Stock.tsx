import { useChanging } from "../../app/changing";
import { useRead } from "../../app/reading";
import { useFormats } from "../../app/stores";
import type { Input } from "../../client/types";
import { InlineEdit } from "../../ui";
import { readWhole } from "../../ui/amounts";

const MOST = 1_000_000_000;

interface Place {
  id: string;
  name: string;
}

/** The available units of a variant at one location, read when they are shown. */
export function Stock({ variant, name, location }: { variant: string; name: string; location: Place }) {
  const { data, error, isPending } = useRead("inventory_level_get", {
    variant_id: variant,
  } as Input<"inventory_level_get">);
  if (isPending) {
    return <span className="soft">…</span>;
  }
  const level = data?.levels.find((one) => one.location.id === location.id);
  if (data === undefined || level === undefined) {
    return <span className="soft">{error === null ? "Not stocked here" : "Not known"}</span>;
  }
  return <Units item={data.id} name={name} location={location} available={level.available} />;
}

/** A count of available units that is changed where it stands. */
export function Units({
  item,
  name,
  location,
  available,
}: {
  item: string;
  name: string;
  location: Place;
  available: number;
}) {
  const { make, ask } = useChanging();
  const format = useFormats();
  return (
    <InlineEdit
      label={`Stock of ${name} at ${location.name}`}
      numeric="numeric"
      value={String(available)}
      show={format.number}
      read={(text) => readWhole(text, -MOST, MOST)}
      save={async (units) => {
        const input = {
          inventory_item_id: item,
          location_id: location.id,
          quantity: Number(units),
          // A sale that happens meanwhile is not written over.
          change_from_quantity: available,
        } as Input<"inventory_set">;
        const done = `${name}: ${format.number(units)} at ${location.name}.`;
        if (Number(units) < 0) {
          ask({ name: "inventory_set", input, title: `Stock of ${name}`, yes: "Set below zero", done });
          throw new Error("Stock below zero needs a yes.");
        }
        await make("inventory_set", input, done);
      }}
    />
  );
}
