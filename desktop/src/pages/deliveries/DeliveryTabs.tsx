import { Tabs } from "../../ui";

const TABS = [
  { href: "/app/deliveries", text: "Deliveries" },
  { href: "/app/deliveries/operations", text: "Background work" },
];

export function DeliveryTabs() {
  return <Tabs label="What goes on in the background" tabs={TABS} />;
}
