import { Page } from "../../ui";

export default function Chat() {
  return <Page title="Chat">{null}</Page>;
}
