import { Page } from "../../ui";

export default function Approvals() {
  return <Page title="Approvals">{null}</Page>;
}
