import { Page } from "../../ui";

export default function Deliveries() {
  return <Page title="Deliveries">{null}</Page>;
}
