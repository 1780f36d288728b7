import { Page } from "../../ui";

export default function Order() {
  return <Page title="Order">{null}</Page>;
}
