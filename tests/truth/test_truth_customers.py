"""What Shopify answers about customers: their input, addresses and consents."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

CREATE = "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { id email phone } userErrors { field message } } }"
UPDATE = "mutation M($input: CustomerInput!) { customerUpdate(input: $input) { customer { id } userErrors { field message } } }"
ADA = Before(
    CREATE,
    {"input": {"email": "grace@example.com", "firstName": "Grace", "lastName": "Hopper"}},
    "grace",
    "customerCreate.customer.id",
)
BY_PHONE = Before(CREATE, {"input": {"phone": "+16135550100"}}, "grace", "customerCreate.customer.id")
SUBSCRIBED = {"marketingState": "SUBSCRIBED", "marketingOptInLevel": "SINGLE_OPT_IN"}
LONG = "x" * 256


def refused(what: str, given: dict[str, Any], *errors: dict[str, Any], before: tuple[Before, ...] = ()) -> Fact:
    answer = {"customerCreate": {"customer": None, "userErrors": list(errors)}}
    return Fact(what, CREATE, {"input": given}, before=before, data=answer, cost=10)


def unchanged(what: str, given: dict[str, Any], *errors: dict[str, Any]) -> Fact:
    answer = {"customerUpdate": {"customer": None, "userErrors": list(errors)}}
    return Fact(what, UPDATE, {"input": {"id": "<grace>", **given}}, before=[ADA], data=answer, cost=10)


def made(what: str, given: dict[str, Any], **shown: Any) -> Fact:
    names = " ".join(shown)
    document = f"mutation M($input: CustomerInput!) {{ customerCreate(input: $input) {{ customer {{ {names} }} userErrors {{ field message }} }} }}"
    return Fact(what, document, {"input": given}, data={"customerCreate": {"customer": shown, "userErrors": []}})


INPUT = [
    made(
        "blanks in an e-mail address are left out",
        {"email": "grace hop per@example.com "},
        email="gracehopper@example.com",
    ),
    made("a phone number is kept as digits", {"phone": "+1 (613) 450-5293"}, phone="+16134505293"),
    refused(
        "an e-mail address is taken whatever its case and blanks",
        {"email": "Grace@exam ple.com "},
        user_error("Email has already been taken", "email"),
        before=(ADA,),
    ),
    *(
        refused(f"{email} is no e-mail address", {"email": email}, user_error("Email is invalid", "email"))
        for email in ("foo@", "@bar.com", "foo@bar", "foo@@bar.com")
    ),
    refused(
        "an e-mail address that is too long is told twice",
        {"email": f"{'a' * 250}@example.com"},
        user_error("Email is too long (maximum is 255 characters)", "email"),
        user_error("Email is invalid", "email"),
    ),
    refused("letters are no phone number", {"phone": "+1234abcd"}, user_error("Phone is invalid", "phone")),
    refused(
        "a phone number that is too long is told twice",
        {"phone": "+" + "1" * 256},
        user_error("Phone is too long (maximum is 255 characters)", "phone"),
        user_error("Phone is invalid", "phone"),
    ),
    refused(
        "a phone number is taken however it is written",
        {"phone": "+1 (613) 555-0100"},
        user_error("Phone has already been taken", "phone"),
        before=(BY_PHONE,),
    ),
    refused(
        "a customer has a name or an address",
        {"note": "x"},
        user_error("A name, phone number, or email address must be present"),
    ),
    refused(
        "all names that are too long are told",
        {"firstName": LONG, "lastName": LONG, "note": "n" * 5001},
        user_error("First name is too long (maximum is 255 characters)", "firstName"),
        user_error("Last name is too long (maximum is 255 characters)", "lastName"),
        user_error("Note is too long (maximum is 5000 characters)", "note"),
    ),
    refused(
        "a tag has 255 characters at most",
        {"email": "a@example.com", "tags": [LONG]},
        user_error("Tags is too long (maximum is 255 characters)", "tags"),
    ),
    refused(
        "a new customer names no id",
        {"id": "gid://shopify/Customer/1", "email": "a@example.com"},
        user_error("Cannot specify ID on creation", "id"),
    ),
    refused(
        "a new metafield names no id",
        {"email": "a@example.com", "metafields": [{"id": "gid://shopify/Metafield/1", "value": "x"}]},
        user_error("Cannot specify metafield ID on creation", "metafields", 0, "id"),
    ),
    unchanged(
        "the last address can't be taken away",
        {"email": None, "firstName": None, "lastName": None},
        user_error("A name, phone number, or email address must be present"),
    ),
]

CONSENT = [
    refused(
        "a consent by e-mail needs an address",
        {"phone": "+16135550100", "emailMarketingConsent": {"marketingState": "SUBSCRIBED"}},
        user_error("An email address is required to set the email marketing consent state.", "emailMarketingConsent"),
    ),
    refused(
        "a consent by SMS needs a phone number",
        {"email": "a@example.com", "smsMarketingConsent": {"marketingState": "SUBSCRIBED"}},
        user_error("A phone number is required to set the SMS consent state.", "smsMarketingConsent"),
    ),
    *(
        Fact(
            f"{state} is no state to set",
            CREATE,
            {"input": {"email": "a@example.com", "emailMarketingConsent": {"marketingState": state}}},
            data={"customerCreate": None},
            errors=[
                {
                    "message": f"Cannot specify {state} as a marketing state input",
                    "path": ["customerCreate"],
                    "extensions": {"code": "INVALID"},
                }
            ],
        )
        for state in ("REDACTED", "NOT_SUBSCRIBED", "INVALID")
    ),
    *(
        unchanged(
            f"{member} is not set by an update",
            {member: SUBSCRIBED},
            user_error(f"To update {member}, please use the {name} Mutation instead", member),
        )
        for member, name in (
            ("emailMarketingConsent", "customerEmailMarketingConsentUpdate"),
            ("smsMarketingConsent", "customerSmsMarketingConsentUpdate"),
        )
    ),
    made(
        "a consent by SMS comes from elsewhere",
        {"phone": "+16135550100", "smsMarketingConsent": SUBSCRIBED},
        phone="+16135550100",
    ),
    Fact(
        "what a consent tells",
        "query Q($id: ID!) { customer(id: $id) { defaultPhoneNumber { marketingState marketingCollectedFrom marketingOptInLevel } smsMarketingConsent { marketingState consentCollectedFrom marketingOptInLevel } } }",
        {"id": "<grace>"},
        before=[
            Before(
                CREATE,
                {"input": {"phone": "+16135550100", "smsMarketingConsent": SUBSCRIBED}},
                "grace",
                "customerCreate.customer.id",
            )
        ],
        data={
            "customer": {
                "defaultPhoneNumber": {
                    "marketingState": "SUBSCRIBED",
                    "marketingCollectedFrom": "OTHER",
                    "marketingOptInLevel": "SINGLE_OPT_IN",
                },
                "smsMarketingConsent": {
                    "marketingState": "SUBSCRIBED",
                    "consentCollectedFrom": "OTHER",
                    "marketingOptInLevel": "SINGLE_OPT_IN",
                },
            }
        },
    ),
    Fact(
        "what is told of a customer who never consented",
        "query Q($id: ID!) { customer(id: $id) { defaultPhoneNumber { marketingState marketingCollectedFrom marketingOptInLevel marketingUpdatedAt } smsMarketingConsent { marketingState consentCollectedFrom } } }",
        {"id": "<grace>"},
        before=[BY_PHONE],
        data={
            "customer": {
                "defaultPhoneNumber": {
                    "marketingState": "NOT_SUBSCRIBED",
                    "marketingCollectedFrom": None,
                    "marketingOptInLevel": "SINGLE_OPT_IN",
                    "marketingUpdatedAt": None,
                },
                "smsMarketingConsent": {"marketingState": "NOT_SUBSCRIBED", "consentCollectedFrom": "OTHER"},
            }
        },
    ),
]
BY_EMAIL = "mutation M($input: CustomerEmailMarketingConsentUpdateInput!) { customerEmailMarketingConsentUpdate(input: $input) { customer { defaultEmailAddress { marketingState marketingUpdatedAt } } userErrors { field message code } } }"
BY_SMS = "mutation M($input: CustomerSmsMarketingConsentUpdateInput!) { customerSmsMarketingConsentUpdate(input: $input) { customer { defaultPhoneNumber { marketingState } } userErrors { field message code } } }"
NEVER = {"defaultEmailAddress": {"marketingState": "NOT_SUBSCRIBED", "marketingUpdatedAt": None}}


def by_email(what: str, consent: dict[str, Any], *errors: dict[str, Any], customer: Any = NEVER) -> Fact:
    answer = {"customerEmailMarketingConsentUpdate": {"customer": customer, "userErrors": list(errors)}}
    given = {"customerId": "<grace>", "emailMarketingConsent": consent}
    return Fact(what, BY_EMAIL, {"input": given}, before=[ADA], data=answer)


BY_WHATSAPP = "mutation M($input: CustomerWhatsAppMarketingConsentUpdateInput!) { customerWhatsAppMarketingConsentUpdate(input: $input) { customerPhoneNumber { whatsAppMarketingConsent { state } smsMarketingConsent { state } } userErrors { field message code } } }"


def by_whatsapp(what: str, consent: dict[str, Any], *errors: dict[str, Any], state: str | None = None) -> Fact:
    shown = {"whatsAppMarketingConsent": {"state": state}, "smsMarketingConsent": {"state": "NEVER_SUBSCRIBED"}}
    number = None if state is None else shown
    answer = {"customerWhatsAppMarketingConsentUpdate": {"customerPhoneNumber": number, "userErrors": list(errors)}}
    given = {"customerId": "<grace>", "whatsAppMarketingConsent": consent}
    return Fact(what, BY_WHATSAPP, {"input": given}, before=[BY_PHONE], data=answer)


def by_sms(what: str, gid: str, before: Before, *errors: dict[str, Any]) -> Fact:
    answer = {"customerSmsMarketingConsentUpdate": {"customer": None, "userErrors": list(errors)}}
    given = {"customerId": gid, "smsMarketingConsent": SUBSCRIBED}
    return Fact(what, BY_SMS, {"input": given}, before=[before], data=answer)


MAILED = ("input", "emailMarketingConsent")
CONSENTS = [
    by_email(
        "a consent by e-mail keeps its time",
        {**SUBSCRIBED, "consentUpdatedAt": "2026-04-25T01:00:00Z"},
        customer={
            "defaultEmailAddress": {"marketingState": "SUBSCRIBED", "marketingUpdatedAt": "2026-04-25T01:00:00Z"}
        },
    ),
    by_email(
        "who subscribes does so at a level",
        {"marketingState": "SUBSCRIBED"},
        user_error("Marketing opt in level must exist", *MAILED, "marketingOptInLevel", code="MISSING_ARGUMENT"),
    ),
    by_email(
        "a consent is not from the future",
        {**SUBSCRIBED, "consentUpdatedAt": "2999-01-01T00:00:00Z"},
        user_error("Consent updated at must not be in the future", *MAILED, "consentUpdatedAt", code="INVALID"),
    ),
    by_email(
        "who is asked to confirm does so by a confirmed opt-in",
        {"marketingState": "PENDING", "marketingOptInLevel": "SINGLE_OPT_IN"},
        user_error(
            "Marketing opt in level must be confirmed opt-in for pending consent state",
            *MAILED,
            "marketingOptInLevel",
            code="INVALID",
        ),
    ),
    Fact(
        "a customer who does not exist can't consent by e-mail",
        BY_EMAIL,
        {"input": {"customerId": "gid://shopify/Customer/1", "emailMarketingConsent": SUBSCRIBED}},
        data={
            "customerEmailMarketingConsentUpdate": {
                "customer": None,
                "userErrors": [user_error("Customer not found", "input", "customerId", code="INVALID")],
            }
        },
    ),
    Fact(
        "a consent by e-mail without an address changes nothing",
        BY_EMAIL,
        {"input": {"customerId": "<grace>", "emailMarketingConsent": SUBSCRIBED}},
        before=[BY_PHONE],
        data={"customerEmailMarketingConsentUpdate": {"customer": {"defaultEmailAddress": None}, "userErrors": []}},
    ),
    by_whatsapp("a consent by WhatsApp", {"state": "SUBSCRIBED", "optInLevel": "SINGLE_OPT_IN"}, state="SUBSCRIBED"),
    by_whatsapp(
        "WhatsApp asks for the level, too",
        {"state": "SUBSCRIBED"},
        user_error(
            "Marketing opt in level must exist",
            "input",
            "whatsAppMarketingConsent",
            "optInLevel",
            code="MISSING_ARGUMENT",
        ),
    ),
    by_sms(
        "a customer who does not exist can't consent by SMS",
        "gid://shopify/Customer/1",
        ADA,
        {**user_error("Customer not found"), "code": None},
    ),
    by_sms(
        "a consent by SMS needs a phone number in its own mutation",
        "<grace>",
        ADA,
        user_error(
            "A phone number is required to set the SMS consent state.", "input", "smsMarketingConsent", code="INVALID"
        ),
    ),
]

ADDRESS = "mutation M($id: ID!, $address: MailingAddressInput!) { customerAddressCreate(customerId: $id, address: $address) { address { firstName lastName address1 city country countryCodeV2 province provinceCode zip phone formattedArea } userErrors { field message } } }"
EMPTY: dict[str, Any] = {
    "firstName": "Grace", "lastName": "Hopper", "address1": None, "city": None, "country": None, "countryCodeV2": None,
    "province": None, "provinceCode": None, "zip": None, "phone": None, "formattedArea": None,
}  # fmt: skip
ONTARIO = {"country": "Canada", "countryCodeV2": "CA", "province": "Ontario", "provinceCode": "ON"}


def placed(what: str, given: dict[str, Any], **shown: Any) -> Fact:
    answer = {"customerAddressCreate": {"address": {**EMPTY, **shown}, "userErrors": []}}
    return Fact(what, ADDRESS, {"id": "<grace>", "address": given}, before=[ADA], data=answer, cost=10)


def misplaced(given: dict[str, Any], message: str, member: str) -> Fact:
    answer = {"customerAddressCreate": {"address": None, "userErrors": [user_error(message, "address", member)]}}
    variables = {"id": "<grace>", "address": given}
    return Fact(f"{message}: {given}"[:90], ADDRESS, variables, before=[ADA], data=answer, cost=10)


IN_ONTARIO = {"countryCode": "CA", "provinceCode": "ON"}
TORONTO = {**ONTARIO, "city": "Toronto", "formattedArea": "Toronto ON, Canada"}
NESTED = "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { defaultAddress { firstName country provinceCode formattedArea } } userErrors { field message } } }"


def nested(what: str, given: dict[str, Any], *errors: dict[str, Any], address: dict[str, Any] | None = None) -> Fact:
    customer = None if address is None else {"defaultAddress": address}
    answer = {"customerCreate": {"customer": customer, "userErrors": list(errors)}}
    return Fact(what, NESTED, {"input": {"firstName": "Grace", "addresses": [given]}}, data=answer, cost=10)


ADDRESSES = [
    placed("an address without names has those of its customer", {"city": "Toronto", **IN_ONTARIO}, **TORONTO),
    placed("an address without anything is an address", {}),
    placed(
        "blank parts are left out",
        {"firstName": "", "city": " ", "countryCode": "CA", "provinceCode": ""},
        country="Canada",
        countryCodeV2="CA",
        formattedArea="Canada",
    ),
    placed("parts are trimmed", {"city": " Toronto ", **IN_ONTARIO, "zip": " M5H 2N2 "}, **TORONTO, zip="M5H 2N2"),
    placed("names resolve to codes", {"city": "Toronto", "country": "canada", "province": "Ontario"}, **TORONTO),
    placed(
        "a code counts before a name",
        {"city": "San Francisco", "countryCode": "US", "country": "Canada", "provinceCode": "CA"},
        city="San Francisco",
        country="United States",
        countryCodeV2="US",
        province="California",
        provinceCode="CA",
        formattedArea="San Francisco CA, United States",
    ),
    placed(
        "a country without provinces has none",
        {"city": "Singapore", "countryCode": "SG", "provinceCode": "ON"},
        city="Singapore",
        country="Singapore",
        countryCodeV2="SG",
        formattedArea="Singapore",
    ),
    placed("a phone number is kept as digits in an address", {"phone": "+1 (613) 450-4538"}, phone="+16134504538"),
    placed("any text may stand for a phone number in an address", {"phone": "not a phone"}, phone="not a phone"),
    misplaced({"countryCode": "ZZ", "provinceCode": "ZZ"}, "Country is invalid", "country"),
    misplaced({"countryCode": "CA", "provinceCode": "ZZ"}, "Province is invalid", "province"),
    misplaced({"countryCode": "US", "provinceCode": "ON"}, "Province is invalid", "province"),
    misplaced({"address1": LONG, **IN_ONTARIO}, "Address1 is too long (maximum is 255 characters)", "address1"),
    misplaced({"city": "<script>", **IN_ONTARIO}, "City cannot contain HTML tags", "city"),
    misplaced({"city": "https://evil.example", **IN_ONTARIO}, "City cannot contain URL", "city"),
    misplaced({"zip": "H0H 0H0 https://x", **IN_ONTARIO}, "Zip cannot contain URL", "zip"),
    misplaced({"phone": "<a>+1 613", **IN_ONTARIO}, "Phone cannot contain HTML tags", "phone"),
    misplaced({"address1": "1 Main \U0001f600", **IN_ONTARIO}, "Address1 cannot contain emojis", "address1"),
    Fact(
        "an address is there once",
        ADDRESS,
        {"id": "<grace>", "address": {"city": "Toronto", **IN_ONTARIO}},
        before=[ADA, Before(ADDRESS, {"id": "<grace>", "address": {"city": "Toronto", **IN_ONTARIO}})],
        data={
            "customerAddressCreate": {"address": None, "userErrors": [user_error("Address already exists", "address")]}
        },
    ),
    nested(
        "addresses in a new customer take over names and resolve places",
        {"city": "Toronto", "country": "Canada", "province": "Ontario"},
        address={
            "firstName": "Grace",
            "country": "Canada",
            "provinceCode": "ON",
            "formattedArea": "Toronto ON, Canada",
        },
    ),
    nested(
        "a country that does not exist",
        {"country": "Atlantis"},
        user_error("Country is invalid", "addresses", 0, "country"),
    ),
    nested(
        "a new customer's address is not blank", {}, user_error("Customer address cannot be blank.", "addresses", 0)
    ),
    nested(
        "a new customer's address names no id",
        {"id": "gid://shopify/MailingAddress/1?model_name=CustomerAddress", "city": "Toronto"},
        user_error("Cannot specify address ID on creation", "addresses", 0, "id"),
    ),
    Fact(
        "an address of a customer is named with its model",
        'mutation M($id: ID!) { customerAddressDelete(customerId: $id, addressId: "gid://shopify/MailingAddress/9") { deletedAddressId } }',
        {"id": "<grace>"},
        before=[ADA],
        data={"customerAddressDelete": None},
        errors=[{"message": "invalid id", "extensions": {"code": "RESOURCE_NOT_FOUND"}}],
    ),
    Fact(
        "who has orders can't be deleted",
        "mutation M($id: ID!) { customerDelete(input: {id: $id}) { deletedCustomerId userErrors { field message } } }",
        {"id": "<buyer>"},
        before=[
            Before(
                "mutation M($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { customer { id } } } }",
                {
                    "order": {
                        "lineItems": [
                            {
                                "title": "Cup",
                                "quantity": 1,
                                "priceSet": {"shopMoney": {"amount": "1", "currencyCode": "EUR"}},
                            }
                        ],
                        "customer": {"toUpsert": {"email": "buyer@example.com"}},
                    }
                },
                "buyer",
                "orderCreate.order.customer.id",
            )
        ],
        data={
            "customerDelete": {
                "deletedCustomerId": None,
                "userErrors": [user_error("Customer can’t be deleted because they have associated orders", "id")],
            }
        },
        cost=10,
    ),
]

SET = "mutation M($input: CustomerSetInput!, $identifier: CustomerSetIdentifiers) { customerSet(input: $input, identifier: $identifier) { customer { email phone firstName note addressesV2(first: 5) { nodes { formattedArea } } } userErrors { field message code } } }"
MADE = "mutation M($input: CustomerSetInput!) { customerSet(input: $input) { customer { id } } }"
GRACE = Before(
    MADE,
    {
        "input": {
            "email": "grace@example.com",
            "firstName": "Grace",
            "addresses": [{"city": "Toronto", "countryCode": "CA", "provinceCode": "ON"}],
        }
    },
    "grace",
    "customerSet.customer.id",
)


def setting(
    what: str,
    given: dict[str, Any],
    shown: dict[str, Any] | None,
    *errors: Any,
    identifier: Any = None,
    source: str = "seen on a live store",
) -> Fact:
    empty = {"email": None, "phone": None, "firstName": None, "note": None, "addressesV2": {"nodes": []}}
    answer = {"customerSet": {"customer": shown and {**empty, **shown}, "userErrors": list(errors)}}
    variables = {"input": given, "identifier": identifier}
    return Fact(what, SET, variables, before=[GRACE], data=answer, source=source)


IN_TORONTO = {"addressesV2": {"nodes": [{"formattedArea": "Toronto ON, Canada"}]}}
BY_MAIL = {"email": "grace@example.com"}
SETTING = [
    setting("without an identifier there is a new customer", {"phone": "+16135550100"}, {"phone": "+16135550100"}),
    setting(
        "what is left out of customerSet stays",
        {**BY_MAIL, "note": "x"},
        {**BY_MAIL, "firstName": "Grace", "note": "x", **IN_TORONTO},
        identifier=BY_MAIL,
    ),
    setting(
        "a list of addresses replaces them",
        {**BY_MAIL, "addresses": []},
        {**BY_MAIL, "firstName": "Grace"},
        identifier={"id": "<grace>"},
    ),
    setting(
        "an address that nobody has makes a customer",
        {"email": "ada2@example.com"},
        {"email": "ada2@example.com"},
        identifier={"email": "ada2@example.com"},
    ),
    setting(
        "a phone number that nobody has makes a customer",
        {"phone": "+1 202 555 1285"},
        {"phone": "+12025551285"},
        identifier={"phone": "+12025551285"},
    ),
    setting(
        "an id that nobody has makes no customer",
        {"firstName": "Ghost"},
        None,
        user_error("Resource matching the identifier was not found.", "input", code="NOT_FOUND"),
        identifier={"id": "gid://shopify/Customer/999999999999999"},
    ),
    setting(
        "a customer is named in one way",
        {"id": "<grace>", "firstName": "Ada"},
        None,
        user_error("The id field is not allowed if identifier is provided.", "input", code="ID_NOT_ALLOWED"),
        identifier={"id": "<grace>"},
    ),
    setting(
        "the address of the identifier is in the input",
        {"firstName": "Ada"},
        None,
        user_error(
            "The input field corresponding to the identifier is required.", "input", code="MISSING_FIELD_REQUIRED"
        ),
        identifier=BY_MAIL,
    ),
    setting(
        "the address of the identifier is that of the input",
        {"email": "other@example.com"},
        None,
        user_error(
            "The identifier value does not match the value of the corresponding field in the input.",
            "input",
            code="INPUT_MISMATCH",
        ),
        identifier=BY_MAIL,
    ),
    setting(
        "an e-mail address is there once",
        {"email": "Grace@example.com "},
        None,
        user_error("Email has already been taken", "input", "email", code="TAKEN"),
    ),
    setting(
        "whether a customer pays taxes is not null",
        {"taxExempt": None},
        None,
        user_error("Tax exempt is of unexpected type NilClass", "input", "taxExempt", code="INVALID"),
        identifier={"id": "<grace>"},
    ),
    setting(
        "a province is one of its country in customerSet",
        {**BY_MAIL, "addresses": [{"countryCode": "US", "provinceCode": "ON"}]},
        None,
        user_error("Province is invalid", "input", "addresses", 0, "province", code="INVALID"),
        identifier={"id": "<grace>"},
    ),
    setting(
        "a customer who is set has a name or an address",
        {"note": "x"},
        None,
        user_error("A name, phone number, or email address must be present", "input", code="BLANK"),
    ),
]

DEFINITION = Before(
    'mutation M { metafieldDefinitionCreate(definition: {ownerType: CUSTOMER, namespace: "own", key: "number", name: "Number", type: "id"}) { createdDefinition { id } } }'
)
BY_NUMBER = {"customId": {"namespace": "own", "key": "number", "value": "c-1"}}
SET_BY_NUMBER = 'mutation M($input: CustomerSetInput!, $identifier: CustomerSetIdentifiers) { customerSet(input: $input, identifier: $identifier) { customer { id firstName metafield(namespace: "own", key: "number") { type value } } userErrors { message } } }'
NUMBER = {"type": "id", "value": "c-1"}
NO_DEFINITION = "Metafield definition of type 'id' is required when using custom ids."
NUMBERED = Before(
    SET_BY_NUMBER,
    {"input": {"firstName": "Ada"}, "identifier": BY_NUMBER},
    "ada",
    "customerSet.customer.id",
    also={"stored": "customerSet.customer.metafield.value"},
)
CUSTOM_IDS = [
    Fact(
        "a custom id that nobody has becomes a metafield and finds the customer again",
        SET_BY_NUMBER,
        {"input": {"firstName": "Bea"}, "identifier": BY_NUMBER},
        before=[DEFINITION, NUMBERED],
        data={"customerSet": {"customer": {"id": "<ada>", "firstName": "Bea", "metafield": NUMBER}, "userErrors": []}},
    ),
    *(
        Fact(
            f"{name} asks for the definition of a custom id",
            document,
            {"input": {"firstName": "Ada"}, "identifier": BY_NUMBER},
            data={name: None},
            errors=[{"message": NO_DEFINITION, "path": [name], "extensions": {"code": "NOT_FOUND"}}],
        )
        for name, document in (
            ("customerSet", SET_BY_NUMBER),
            (
                "customerByIdentifier",
                "query Q($identifier: CustomerIdentifierInput!) { customerByIdentifier(identifier: $identifier) { id } }",
            ),
        )
    ),
]

test_facts = each([*CUSTOM_IDS, *INPUT, *CONSENT, *CONSENTS, *ADDRESSES, *SETTING])
