import { Page } from "../../ui";

export default function Stores() {
  return <Page title="Stores">{null}</Page>;
}
