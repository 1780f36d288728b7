import { useParams } from "wouter";
import { Page, Tabs } from "../../ui";
import { DeadStock } from "./DeadStock";
import { LowStock } from "./LowStock";
import { Reorder } from "./Reorder";
import { StockList } from "./StockList";
import { Transfers } from "./Transfers";

const VIEWS = {
  "": { text: "Stock", shown: StockList },
  low: { text: "Low or out", shown: LowStock },
  reorder: { text: "Reorder", shown: Reorder },
  dead: { text: "Dead stock", shown: DeadStock },
  transfers: { text: "Transfers", shown: Transfers },
} as const;

/** Stock, and what to do about it: each view has an address of its own below `/app/inventory`. */
export default function Inventory() {
  const { view = "" } = useParams<{ view?: string }>();
  const { shown: Shown } = VIEWS[view in VIEWS ? (view as keyof typeof VIEWS) : ""];
  return (
    <Page title="Inventory">
      <Tabs
        label="Views of the inventory"
        tabs={Object.entries(VIEWS).map(([name, { text }]) => ({
          href: name === "" ? "/app/inventory" : `/app/inventory/${name}`,
          text,
        }))}
      />
      <Shown />
    </Page>
  );
}
