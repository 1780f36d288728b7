import { Page } from "../../ui";

export default function Products() {
  return <Page title="Products">{null}</Page>;
}
