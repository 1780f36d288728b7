import { Page } from "../../ui";

export default function Customers() {
  return <Page title="Customers">{null}</Page>;
}
