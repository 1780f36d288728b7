"""What Shopify answers about store credit."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SCOPES = [
    "write_customers", "read_store_credit_accounts", "write_store_credit_account_transactions", "write_companies",
    "read_store_credit_account_transactions", "read_orders",
]  # fmt: skip
DONE = """storeCreditAccountTransaction { amount { amount currencyCode } balanceAfterTransaction { amount } event origin
  account { balance { amount currencyCode } owner { ... on Customer { firstName } } } }"""
CREDIT = f"""mutation C($id: ID!, $input: StoreCreditAccountCreditInput!) {{
  storeCreditAccountCredit(id: $id, creditInput: $input) {{ {DONE} userErrors {{ field message code }} }} }}"""
DEBIT = f"""mutation D($id: ID!, $input: StoreCreditAccountDebitInput!) {{
  storeCreditAccountDebit(id: $id, debitInput: $input) {{ {DONE} userErrors {{ field message code }} }} }}"""
OPEN = """mutation C($id: ID!, $input: StoreCreditAccountCreditInput!) {
  storeCreditAccountCredit(id: $id, creditInput: $input) { storeCreditAccountTransaction { account { id } } } }"""
EVE = Before(
    'mutation { customerCreate(input: {firstName: "Eve"}) { customer { id } } }',
    {},
    "eve",
    "customerCreate.customer.id",
)
FIRM = Before(
    """mutation { companyCreate(input: {company: {name: "Firm"}, companyLocation: {name: "HQ"}}) {
      company { id locations(first: 1) { nodes { id } } } } }""",
    also={"firm": "companyCreate.company.id", "hq": "companyCreate.company.locations.nodes.0.id"},
)
NOBODY, NOTHING = "gid://shopify/Customer/1", "gid://shopify/StoreCreditAccount/1"
PAST = "2000-01-01T00:00:00Z"


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


def held(amount: str, currency: str = "EUR") -> Before:
    """Return the request that credits Eve; the account is called `account`."""
    path = "storeCreditAccountCredit.storeCreditAccountTransaction.account.id"
    return Before(OPEN, {"id": "<eve>", "input": {"creditAmount": money(amount, currency)}}, "account", path)


def done(verb: str, what: str, gid: str, amount: str, before: list[Before], after: str, currency: str = "EUR") -> Fact:
    """Return the fact that Eve's account is credited or debited and holds `after` then."""
    sign = "" if verb == "Credit" else "-"
    row = {
        "amount": money(f"{sign}{amount}", currency), "balanceAfterTransaction": {"amount": after},
        "event": "ADJUSTMENT", "origin": None, "account": {"balance": money(after, currency), "owner": {"firstName": "Eve"}},
    }  # fmt: skip
    name = f"storeCreditAccount{verb}"
    given = {f"{verb.lower()}Amount": money(amount, currency)}
    data = {name: {"storeCreditAccountTransaction": row, "userErrors": []}}
    document = CREDIT if verb == "Credit" else DEBIT
    return Fact(what, document, {"id": gid, "input": given}, before=[EVE, *before], data=data, cost=18)


def refused(
    verb: str, what: str, gid: str, amount: dict[str, str], message: str, *path: str, code: str,
    before: tuple[Before, ...] = (), **more: Any,
) -> Fact:  # fmt: skip
    name, error = f"storeCreditAccount{verb}", user_error(message, *path, code=code)
    document = CREDIT if verb == "Credit" else DEBIT
    variables = {"id": gid, "input": {f"{verb.lower()}Amount": amount, **more}}
    data = {name: {"storeCreditAccountTransaction": None, "userErrors": [error]}}
    return Fact(what, document, variables, before=[EVE, *before], data=data, cost=18, actual=10)


CREDITED, DEBITED = ("creditInput", "creditAmount"), ("debitInput", "debitAmount")
GONE = "Store credit account does not exist"
OTHER = "The currency provided does not match the currency of the store credit account"
SHORT = "The store credit account does not have sufficient funds to satisfy the request"
FULL = "The operation would cause the account's credit limit to be exceeded"
PERIOD = "The expiry date must be in the future"
ROWS = """{ customer(id: "%s") { storeCreditAccounts(first: 5) { nodes { balance { amount currencyCode } transactions(first: 5) {
  nodes { __typename amount { amount } ... on StoreCreditAccountCreditTransaction { remainingAmount { amount } } } } } } } }"""
DELETE = "mutation D($id: ID!) { companyDelete(id: $id) { deletedCompanyId userErrors { field message code } } }"
HQ = {"id": "<hq>", "input": {"creditAmount": money("5")}}
FACTS = [
    done("Credit", "the first credit opens an account", "<eve>", "7.23", [], "7.23"),
    done("Credit", "a second currency opens a second account", "<eve>", "2.0", [held("5")], "2.0", "CAD"),
    done("Credit", "an account is credited by its own id", "<account>", "1.5", [held("5")], "6.5"),
    done("Debit", "an account is debited", "<account>", "2.0", [held("5")], "3.0"),
    done("Debit", "an account is debited by its owner", "<eve>", "5.0", [held("5")], "0.0"),
    refused("Credit", "no account", NOTHING, money("0"), GONE, "id", code="ACCOUNT_NOT_FOUND"),
    refused("Credit", "no owner", NOBODY, money("1"), "Owner does not exist", "id", code="OWNER_NOT_FOUND"),
    refused("Debit", "no account to debit", NOTHING, money("0"), GONE, "id", code="ACCOUNT_NOT_FOUND"),
    refused("Debit", "no owner to debit", NOBODY, money("1"), GONE, "id", code="ACCOUNT_NOT_FOUND"),
    refused("Debit", "an owner without an account", "<eve>", money("1"), GONE, "id", code="ACCOUNT_NOT_FOUND"),
    refused("Credit", "an account has one currency", "<account>", money("2", "CAD"), OTHER, *CREDITED, "currencyCode",
            code="MISMATCHING_CURRENCY", before=(held("5"),)),
    refused("Debit", "a debit in another currency", "<account>", money("1", "CHF"), OTHER, *DEBITED, "currencyCode",
            code="MISMATCHING_CURRENCY", before=(held("5"),)),
    refused("Credit", "a credit of nothing", "<eve>", money("0"),
            "A positive amount must be used to credit a store credit account", *CREDITED, "amount",
            code="NEGATIVE_OR_ZERO_AMOUNT"),
    refused("Debit", "a debit of less than nothing", "<eve>", money("-1"),
            "A positive amount must be used to debit a store credit account", *DEBITED, "amount",
            code="NEGATIVE_OR_ZERO_AMOUNT", before=(held("5"),)),
    refused("Credit", "a credit that has expired", "<eve>", money("-5"), PERIOD, "creditInput", "expiresAt",
            code="EXPIRES_AT_IN_PAST", expiresAt=PAST),
    refused("Credit", "a credit that is too high", "<eve>", money("100000"), FULL, *CREDITED, "amount",
            code="CREDIT_LIMIT_EXCEEDED"),
    refused("Debit", "more than there is", "<eve>", money("9999"), SHORT, *DEBITED, "amount",
            code="INSUFFICIENT_FUNDS", before=(held("5"),)),
    Fact("a currency that is no input", CREDIT, {"id": "<eve>", "input": {"creditAmount": money("1", "XXX")}}, before=[EVE],
         data={"storeCreditAccountCredit": None}, errors=[{"extensions": {"code": "CURRENCY_CODE_INVALID"}, "message":
             'CurrencyCode "XXX" is invalid. It can only be used as a result and not as an input value.'}]),
    Fact("no account is null", f'{{ storeCreditAccount(id: "{NOTHING}") {{ id }} }}', data={"storeCreditAccount": None}),
    Fact("an owner is no account", f'{{ storeCreditAccount(id: "{NOBODY}") {{ id }} }}', data={"storeCreditAccount": None},
         errors=[{"message": f"Invalid id: {NOBODY}", "extensions": {"code": "RESOURCE_NOT_FOUND"}}]),
    Fact("debits take from credits", ROWS % "<eve>", source="documentation",
         before=[EVE, held("5"), Before(DEBIT, {"id": "<eve>", "input": {"debitAmount": money("2")}})],
         data={"customer": {"storeCreditAccounts": {"nodes": [{"balance": money("3.0"), "transactions": {"nodes": [
             {"__typename": "StoreCreditAccountDebitTransaction", "amount": {"amount": "-2.0"}},
             {"__typename": "StoreCreditAccountCreditTransaction", "amount": {"amount": "5.0"},
              "remainingAmount": {"amount": "3.0"}}]}}]}}}),
    Fact("a company whose location has credit is kept", DELETE, {"id": "<firm>"}, before=[FIRM, Before(CREDIT, HQ)],
         data={"companyDelete": {"deletedCompanyId": None, "userErrors": [
             user_error("Failed to delete the company.", "id", code="FAILED_TO_DELETE")]}}),
]  # fmt: skip

test_facts = each(FACTS, SCOPES)
