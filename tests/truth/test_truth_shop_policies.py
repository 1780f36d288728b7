"""What Shopify answers about the policies of a shop."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

UPDATE = "mutation M($policy: ShopPolicyInput!) { shopPolicyUpdate(shopPolicy: $policy) { shopPolicy { title body type } userErrors { field message code } } }"
REFUND = Before(UPDATE, {"policy": {"type": "REFUND_POLICY", "body": "<p>Thirty days.</p>"}})


def refused(what: str, policy: str, body: str, message: str, code: str | None = None) -> Fact:
    error = {**user_error(message, "shopPolicy", "body"), "code": code}
    data = {"shopPolicyUpdate": {"shopPolicy": None, "userErrors": [error]}}
    return Fact(what, UPDATE, {"policy": {"type": policy, "body": body}}, data=data, cost=10)


def written(what: str, policy: str, title: str, body: str, before: tuple[Any, ...] = ()) -> Fact:
    shown = {"title": title, "body": body, "type": policy}
    data = {"shopPolicyUpdate": {"shopPolicy": shown, "userErrors": []}}
    return Fact(what, UPDATE, {"policy": {"type": policy, "body": body}}, before=before, data=data)


FACTS = [
    written("a policy is written", "REFUND_POLICY", "Refund policy", "<p>Thirty days.</p>"),
    written("a policy may be blank", "REFUND_POLICY", "Refund policy", "", before=(REFUND,)),
    written("a policy has 512 KB at most", "PRIVACY_POLICY", "Privacy policy", "x" * 524_287),
    written("a contact is a policy", "CONTACT_INFORMATION", "Contact", "Line one\nLine two"),
    refused("a policy is not too big", "PRIVACY_POLICY", "x" * 524_288, "Body is too big (maximum is 512 KB)", "TOO_BIG"),
    refused("a cancellation policy is not blank", "SUBSCRIPTION_POLICY", "  ", "Purchase options cancellation policy required"),
    refused("a privacy policy has known tags", "PRIVACY_POLICY", "{% cake %}", "Body Liquid syntax error: Unknown tag 'cake'"),
    Fact(
        "the policies of a shop are those that were written",
        'query Q { shop { shopPolicies { type body translations(locale: "fr") { value } } } }',
        before=[REFUND, Before(UPDATE, {"policy": {"type": "CONTACT_INFORMATION", "body": "Call us"}})],
        data={
            "shop": {
                "shopPolicies": [
                    {"type": "CONTACT_INFORMATION", "body": "Call us", "translations": []},
                    {"type": "REFUND_POLICY", "body": "<p>Thirty days.</p>", "translations": []},
                ]
            }
        },
    ),
]  # fmt: skip

test_facts = each(FACTS, ["read_legal_policies", "write_legal_policies", "read_translations"])
