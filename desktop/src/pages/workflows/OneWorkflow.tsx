import { Page } from "../../ui";

export default function OneWorkflow() {
  return <Page title="OneWorkflow">{null}</Page>;
}
