"""What Shopify answers about gift cards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

CREATE = "mutation M($input: GiftCardCreateInput!) { giftCardCreate(input: $input) { giftCard { id } giftCardCode userErrors { field message code } } }"
UPDATE = "mutation M($id: ID!, $input: GiftCardUpdateInput!) { giftCardUpdate(id: $id, input: $input) { giftCard { note } userErrors { field message } } }"
CREDIT = "mutation M($id: ID!, $input: GiftCardCreditInput!) { giftCardCredit(id: $id, creditInput: $input) { giftCardCreditTransaction { amount { amount } giftCard { balance { amount } } } userErrors { field message code } } }"
DEBIT = "mutation M($id: ID!, $input: GiftCardDebitInput!) { giftCardDebit(id: $id, debitInput: $input) { giftCardDebitTransaction { amount { amount } giftCard { balance { amount } } } userErrors { field message code } } }"
CARD = Before(
    CREATE, {"input": {"initialValue": "20.00", "code": "ABCD EFGH-1234"}}, "card", "giftCardCreate.giftCard.id"
)
OFF = Before("mutation M($id: ID!) { giftCardDeactivate(id: $id) { giftCard { enabled } } }", {"id": "<card>"})
ADA = Before(
    'query Q { customers(first: 1, query: "email:ada@example.com") { nodes { id } } }',
    {},
    "ada",
    "customers.nodes.0.id",
)
NOBODY = "gid://shopify/Customer/1"


EVE = Before(
    'mutation { customerCreate(input: {firstName: "Eve"}) { customer { id } } }',
    {},
    "eve",
    "customerCreate.customer.id",
)
GONE = "mutation D($id: ID!) { customerDelete(input: {id: $id}) { deletedCustomerId userErrors { field message } } }"


def later(days: int | None) -> Before:
    """Return the request that makes a gift card for Eve, sent in some days or at once."""
    at = None if days is None else (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    given = {"initialValue": "5", "recipientAttributes": {"id": "<eve>", "sendNotificationAt": at}}
    return Before(CREATE, {"input": given}, "card", "giftCardCreate.giftCard.id")


def card(**given: Any) -> Before:
    return Before(CREATE, {"input": {"initialValue": "5", **given}}, "card", "giftCardCreate.giftCard.id")


def notified(what: str, who: str, message: str = "", *path: str, before: Any) -> Fact:
    name = f"giftCardSendNotificationTo{who}"
    document = f"mutation M($id: ID!) {{ {name}(id: $id) {{ giftCard {{ id }} userErrors {{ field message code }} }} }}"
    errors = [user_error(message, *path, code="INVALID")] if message else []
    data = {name: {"giftCard": None if errors else {"id": "<card>"}, "userErrors": errors}}
    return Fact(
        what, document, {"id": "<card>"}, before=before, data=data, cost=10, source=SEEN if errors else "documentation"
    )


def refused(what: str, given: dict[str, Any], message: str, *path: str, code: str | None, before: Any = ()) -> Fact:
    error = {**user_error(message, "input", *path), "code": code}
    data = {"giftCardCreate": {"giftCard": None, "giftCardCode": None, "userErrors": [error]}}
    return Fact(
        what, CREATE, {"input": {"initialValue": "10", **given}}, before=before, data=data, cost=10, store="outlet"
    )


def unchanged(what: str, given: dict[str, Any], message: str, *path: str, before: Any = ()) -> Fact:
    return Fact(
        what,
        UPDATE,
        {"id": "<card>", "input": given},
        before=[CARD, *before],
        data={"giftCardUpdate": {"giftCard": None, "userErrors": [user_error(message, *path)]}},
        cost=10,
    )


def moved(what: str, sort: str, given: dict[str, Any], message: str, *path: str, code: str, before: Any = ()) -> Fact:
    wish = {f"{sort}Amount": {"amount": "5", "currencyCode": "EUR", **given.pop("money", {})}, **given}
    data = {
        f"giftCard{sort.capitalize()}": {
            f"giftCard{sort.capitalize()}Transaction": None,
            "userErrors": [user_error(message, *path, code=code)],
        }
    }
    return Fact(
        what,
        {"credit": CREDIT, "debit": DEBIT}[sort],
        {"id": "<card>", "input": wish},
        before=[CARD, *before],
        data=data,
    )


def recipient(what: str, given: dict[str, Any], message: str, member: str, code: str = "INVALID") -> Fact:
    error = {**user_error(message, "input", "recipientAttributes", member), "code": code}
    data = {"giftCardCreate": {"giftCard": None, "giftCardCode": None, "userErrors": [error]}}
    return Fact(
        what,
        CREATE,
        {"input": {"initialValue": "10", "recipientAttributes": {"id": "<ada>", **given}}},
        before=[ADA],
        data=data,
    )


FACTS = [
    refused("a code has 8 characters at least", {"code": "ABC1234"}, "Code must be at least 8 characters long", "code", code="TOO_SHORT"),
    refused("a code has 20 characters at most", {"code": "x" * 21}, "Code must be at most 20 characters long", "code", code="TOO_LONG"),
    refused("a code has letters and numbers", {"code": "ABCD!EFGH"}, "Code can only contain letters(a-z) and numbers(0-9)", "code", code="INVALID"),
    refused("a gift card is worth something", {"initialValue": "0"}, "must be greater than 0", "initialValue", code="GREATER_THAN"),
    refused("a gift card has a highest worth", {"initialValue": "3000.01"}, "can't exceed $3,000.00 USD", "initialValue", code="GIFT_CARD_LIMIT_EXCEEDED"),
    refused("a customer that does not exist", {"customerId": NOBODY, "code": "abc"}, "The customer could not be found.", "customerId", code="CUSTOMER_NOT_FOUND"),
    Fact("a taken code has no error code", CREATE, {"input": {"initialValue": "1", "code": "abcdefgh1234"}}, before=[CARD], data={"giftCardCreate": {
        "giftCard": None, "giftCardCode": None, "userErrors": [{**user_error("Code has already been taken", "input", "code"), "code": None}]}}),
    recipient("a recipient's name is not blank", {"preferredName": " "}, "Preferred name can't be blank", "preferredName"),
    recipient("a message is not blank", {"message": ""}, "Message can't be blank", "message"),
    recipient("a message has no tags", {"message": "<b>Hi</b>"}, "Message cannot contain HTML tags", "message"),
    recipient("a message is sent within 90 days", {"sendNotificationAt": "2099-01-01T00:00:00Z"}, "Send notification at must be within 90 days from now", "sendNotificationAt"),
    recipient("a recipient that does not exist", {"id": NOBODY}, "Recipient could not be found", "id", code="RECIPIENT_NOT_FOUND"),
    Fact("a long message is an error", CREATE, {"input": {"initialValue": "10", "recipientAttributes": {"id": "<ada>", "message": "m" * 201}}}, before=[ADA], data={"giftCardCreate": None},
         errors=[{"message": "message is too long (maximum is 200)", "extensions": {"code": "INVALID_FIELD_ARGUMENTS"}}]),
    unchanged("an update changes something", {}, "At least one argument is required in the input.", "input"),
    unchanged("the end of a deactivated card stays", {"expiresOn": "2030-01-01", "customerId": NOBODY}, "The gift card is deactivated.", "input", "expiresOn", before=[OFF]),
    unchanged("the customer of a deactivated card stays", {"customerId": NOBODY}, "The gift card is deactivated.", "input", "customerId", before=[OFF]),
    Fact("the note of a deactivated card may change", UPDATE, {"id": "<card>", "input": {"note": "lost"}}, before=[CARD, OFF], data={"giftCardUpdate": {"giftCard": {"note": "lost"}, "userErrors": []}}),
    Fact("an unknown gift card", 'mutation M { giftCardDeactivate(id: "gid://shopify/GiftCard/1") { giftCard { id } userErrors { field message code } } }',
         data={"giftCardDeactivate": {"giftCard": None, "userErrors": [user_error("The gift card could not be found.", "id", code="GIFT_CARD_NOT_FOUND")]}}, cost=10),
    Fact("a gift card shows the end of its code", "query Q($id: ID!) { giftCard(id: $id) { lastCharacters maskedCode enabled note expiresOn customer { id } recipientAttributes { message } templateSuffix "
         "balance { amount currencyCode } initialValue { amount } } }", {"id": "<card>"}, before=[CARD],
         data={"giftCard": {"lastCharacters": "1234", "maskedCode": "•••• •••• •••• 1234", "enabled": True, "note": None, "expiresOn": None, "customer": None, "recipientAttributes": None,
                            "templateSuffix": None, "balance": {"amount": "20.0", "currencyCode": "EUR"}, "initialValue": {"amount": "20.0"}}}),
    Fact("a template suffix loses the name of the template", CREATE.replace("{ id }", "{ templateSuffix }"), {"input": {"initialValue": "5", "code": "ABCDEFGH", "templateSuffix": "gift_card.birthday"}},
         data={"giftCardCreate": {"giftCard": {"templateSuffix": "birthday"}, "giftCardCode": "abcdefgh", "userErrors": []}}),
    Fact("an update's template suffix loses it too", UPDATE.replace("{ note }", "{ templateSuffix }"), {"id": "<card>", "input": {"templateSuffix": "gift_card.foo"}}, before=[CARD],
         data={"giftCardUpdate": {"giftCard": {"templateSuffix": "foo"}, "userErrors": []}}),
    Fact("a recipient's id ends in a number", CREATE, {"input": {"initialValue": "5", "recipientAttributes": {"id": "gid://shopify/Customer/nobody"}}}, data={"giftCardCreate": None},
         errors=[{"message": "Invalid id: gid://shopify/Customer/nobody", "path": ["giftCardCreate"], "extensions": {"code": "RESOURCE_NOT_FOUND"}}]),
    Fact("a gift card without transactions has an empty list", "query Q($id: ID!) { giftCard(id: $id) { transactions(first: 2) { nodes { id } pageInfo { hasNextPage startCursor } } } }", {"id": "<card>"},
         before=[CARD], data={"giftCard": {"transactions": {"nodes": [], "pageInfo": {"hasNextPage": False, "startCursor": None}}}}),
    Fact("who is to get a gift card later can't be deleted", GONE, {"id": "<eve>"}, before=[EVE, later(30)], data={"customerDelete": {"deletedCustomerId": None, "userErrors": [
        user_error("Customer can't be deleted because they are the recipient of an unsent scheduled gift card", "id")]}}),
    Fact("who got a gift card can be deleted", GONE, {"id": "<eve>"}, before=[EVE, later(None)], data={"customerDelete": {"deletedCustomerId": "<eve>", "userErrors": []}}),
    Fact("a gift card outlives its recipient", "query Q($id: ID!) { giftCard(id: $id) { enabled recipientAttributes { recipient { id } } } }", {"id": "<card>"}, source="ours",
         before=[EVE, later(None), Before(GONE, {"id": "<eve>"})], data={"giftCard": {"enabled": True, "recipientAttributes": None}}),
    notified("a deactivated card is not written about", "Customer", "The gift card is deactivated.", "id", before=[CARD, OFF]),
    notified("an expired card is not written about", "Recipient", "The gift card has expired.", "id", before=[card(expiresOn="2020-01-01")]),
    notified("a card without a customer", "Customer", "The gift card has no customer.", before=[CARD]),
    notified("a card without a recipient", "Recipient", "The gift card has no recipient.", before=[CARD]),
    notified("a customer who can't be reached", "Customer", "The customer has no contact information (e.g. email address or phone number).", before=[EVE, card(customerId="<eve>")]),
    notified("a recipient who can't be reached", "Recipient", "The recipient has no contact information (e.g. email address or phone number).", before=[EVE, card(recipientAttributes={"id": "<eve>"})]),
    notified("a customer who can be reached", "Customer", before=[ADA, card(customerId="<ada>")]),
    Fact("a code is answered in lower case", CREATE.replace("giftCard { id } ", ""), {"input": {"initialValue": "5", "code": "ABCDEFGH"}}, data={"giftCardCreate": {"giftCardCode": "abcdefgh", "userErrors": []}}, cost=10),
    Fact("a credit raises the balance", CREDIT, {"id": "<card>", "input": {"creditAmount": {"amount": "2", "currencyCode": "EUR"}}}, before=[CARD],
         data={"giftCardCredit": {"giftCardCreditTransaction": {"amount": {"amount": "2.0"}, "giftCard": {"balance": {"amount": "22.0"}}}, "userErrors": []}}),
    Fact("a debit is below 0", DEBIT, {"id": "<card>", "input": {"debitAmount": {"amount": "1", "currencyCode": "EUR"}}}, before=[CARD],
         data={"giftCardDebit": {"giftCardDebitTransaction": {"amount": {"amount": "-1.0"}, "giftCard": {"balance": {"amount": "19.0"}}}, "userErrors": []}}),
    moved("a credit is above 0", "credit", {"money": {"amount": "0"}}, "A positive amount must be used.", "creditInput", "creditAmount", "amount", code="NEGATIVE_OR_ZERO_AMOUNT"),
    moved("a credit has the card's currency", "credit", {"money": {"currencyCode": "USD"}}, "The currency provided does not match the currency of the gift card.", "creditInput", "creditAmount", "currencyCode", code="MISMATCHING_CURRENCY"),
    moved("a credit keeps to the limit", "credit", {"money": {"amount": "2990"}}, "The gift card's value exceeds the allowed limits.", "creditInput", "creditAmount", "amount", code="GIFT_CARD_LIMIT_EXCEEDED"),
    moved("a credit is not of the future", "credit", {"processedAt": "2099-01-01T00:00:00Z"}, "The processed date must not be in the future.", "creditInput", "processedAt", code="INVALID"),
    moved("a credit is not of the distant past", "credit", {"processedAt": "1960-01-01T00:00:00Z"}, "A valid processed date must be used.", "creditInput", "processedAt", code="INVALID"),
    moved("a debit is covered", "debit", {"money": {"amount": "21"}}, "The gift card does not have sufficient funds to satisfy the request.", "debitInput", "debitAmount", "amount", code="INSUFFICIENT_FUNDS"),
    moved("a deactivated card moves no money", "debit", {}, "The gift card is deactivated.", "id", code="INVALID", before=[OFF]),
    Fact("gift cards are found by state and code", 'query Q { off: giftCards(first: 5, query: "status:disabled") { nodes { id } } giftCards(first: 5, query: "1234") { nodes { id } } giftCardsCount(query: "balance_status:full") { count } '
         "giftCardConfiguration { issueLimit { amount } purchaseLimit { amount } } }", before=[CARD, OFF],
         data={"off": {"nodes": [{"id": "<card>"}]}, "giftCards": {"nodes": [{"id": "<card>"}]}, "giftCardsCount": {"count": 1},
               "giftCardConfiguration": {"issueLimit": {"amount": "3000.0"}, "purchaseLimit": {"amount": "14000.0"}}}),
]  # fmt: skip

test_facts = each(FACTS, ["write_gift_cards", "write_gift_card_transactions", "write_customers"])
