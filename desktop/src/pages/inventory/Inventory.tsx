import { Page } from "../../ui";

export default function Inventory() {
  return <Page title="Inventory">{null}</Page>;
}
