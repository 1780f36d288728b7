import { Page } from "../../ui";

export default function Product() {
  return <Page title="Product">{null}</Page>;
}
