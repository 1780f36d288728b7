import { Page } from "../../ui";

export default function Customer() {
  return <Page title="Customer">{null}</Page>;
}
