"""What Shopify answers about companies, their contacts, locations and roles."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

ERRORS = "userErrors { field message code }"
CREATE = f"mutation M($input: CompanyCreateInput!) {{ companyCreate(input: $input) {{ company {{ id }} {ERRORS} }} }}"
UPDATE = f"mutation M($id: ID!, $input: CompanyInput!) {{ companyUpdate(companyId: $id, input: $input) {{ company {{ name note }} {ERRORS} }} }}"
CONTACT = f"mutation M($id: ID!, $input: CompanyContactInput!) {{ companyContactCreate(companyId: $id, input: $input) {{ companyContact {{ id }} {ERRORS} }} }}"
CONTACT_UPDATE = f"mutation M($id: ID!, $input: CompanyContactInput!) {{ companyContactUpdate(companyContactId: $id, input: $input) {{ companyContact {{ title }} {ERRORS} }} }}"
LOCATION = f"mutation M($id: ID!, $input: CompanyLocationInput!) {{ companyLocationCreate(companyId: $id, input: $input) {{ companyLocation {{ id }} {ERRORS} }} }}"
LOCATION_UPDATE = f"mutation M($id: ID!, $input: CompanyLocationUpdateInput!) {{ companyLocationUpdate(companyLocationId: $id, input: $input) {{ companyLocation {{ id }} {ERRORS} }} }}"
ASSIGN = f"mutation M($contact: ID!, $role: ID!, $location: ID!) {{ companyContactAssignRole(companyContactId: $contact, companyContactRoleId: $role, companyLocationId: $location) {{ companyContactRoleAssignment {{ role {{ name }} }} {ERRORS} }} }}"
ACME = Before(
    CREATE, {"input": {"company": {"name": "Acme", "externalId": "acme-1"}}}, "acme", "companyCreate.company.id"
)
BUYER = Before(
    CONTACT,
    {"id": "<acme>", "input": {"email": "buyer@acme.example", "firstName": "Bo", "title": "Buyer"}},
    "buyer",
    "companyContactCreate.companyContact.id",
)
ACME_HAS = "query Q($id: ID!) { company(id: $id) { contactRoles(first: 2) { nodes { id } } locations(first: 1) { nodes { id } } } }"
ROLE = Before(ACME_HAS, {"id": "<acme>"}, "role", "company.contactRoles.nodes.0.id")
HOME = Before(ACME_HAS, {"id": "<acme>"}, "home", "company.locations.nodes.0.id")
ODD = "External Id can only contain numbers, letters, and some special characters, including !@#$%^&*(){}[]\\/?<>_-~,.;:'`\""
NONE = "gid://shopify/{}/1"


def refused(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    whole = {**given, "company": {"name": "Other", **given.get("company", {})}}
    data = {"companyCreate": {"company": None, "userErrors": [user_error(message, "input", *path, code=code)]}}
    return Fact(what, CREATE, {"input": whole}, before=[ACME], data=data, cost=10)


def answered(
    what: str,
    document: str,
    thing: str,
    variables: dict[str, Any],
    error: dict[str, Any],
    *before: Before,
    cost: int = 10,
) -> Fact:
    mutation = document.split("{ ", 1)[1].partition("(")[0]
    return Fact(
        what,
        document,
        variables,
        before=[ACME, *before],
        data={mutation: {thing: None, "userErrors": [error]}},
        cost=cost,
    )


def contact(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    return answered(
        what, CONTACT, "companyContact", {"id": "<acme>", "input": given}, user_error(message, *path, code=code), BUYER
    )


def location(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    return answered(
        what, LOCATION, "companyLocation", {"id": "<acme>", "input": given}, user_error(message, *path, code=code)
    )


def unfounded(message: str, code: str, *path: str) -> dict[str, Any]:
    return user_error(message, *path, code=code)


GONE = "RESOURCE_NOT_FOUND"
SALE = """mutation S($company: ID!, $contact: ID!, $location: ID!) { draftOrderCreate(input: {purchasingEntity: {purchasingCompany: {
  companyId: $company, companyContactId: $contact, companyLocationId: $location}}, lineItems: [{title: "Cup", quantity: 1,
  originalUnitPrice: "5"}]}) { draftOrder { id } userErrors { message } } }"""
SOLD = Before(
    SALE, {"company": "<acme>", "contact": "<buyer>", "location": "<home>"}, "draft", "draftOrderCreate.draftOrder.id"
)
ORDERED = Before(
    "mutation C($id: ID!) { draftOrderComplete(id: $id, paymentPending: true) { draftOrder { id } } }",
    {"id": "<draft>"},
)
BOUGHT = "purchasingEntity { ... on PurchasingCompany { company { id } contact { id } location { id } } }"
DEALS = [ACME, BUYER, HOME, SOLD]
SALES = ["write_companies", "write_customers", "write_orders", "write_draft_orders", "read_products"]
DROP = f"mutation D($id: ID!) {{ companyDelete(id: $id) {{ deletedCompanyId {ERRORS} }} }}"
DROP_ALL = f"mutation D($ids: [ID!]!) {{ companiesDelete(companyIds: $ids) {{ deletedCompanyIds {ERRORS} }} }}"
DROP_PLACE = (
    f"mutation D($id: ID!) {{ companyLocationDelete(companyLocationId: $id) {{ deletedCompanyLocationId {ERRORS} }} }}"
)
DROP_CONTACT = (
    f"mutation D($id: ID!) {{ companyContactDelete(companyContactId: $id) {{ deletedCompanyContactId {ERRORS} }} }}"
)
SECOND = Before(
    LOCATION, {"id": "<acme>", "input": {"name": "Second"}}, "second", "companyLocationCreate.companyLocation.id"
)


def kept(
    what: str, document: str, variables: dict[str, Any], gone: str, error: dict[str, Any], *before: Before
) -> Fact:
    name = document.partition("{ ")[2].partition("(")[0]
    return Fact(
        what, document, variables, before=[*DEALS, *before], data={name: {gone: None, "userErrors": [error]}}, cost=10
    )


FACTS = [
    refused("a company has a name", {"company": {"name": ""}}, "Name can't be blank", "company", "name", code="BLANK"),
    refused("a company's name ends at 255", {"company": {"name": "x" * 256}}, "Name is too long (maximum is 255 characters)", "company", "name", code="TOO_LONG"),
    refused("a company's note ends at 5,000", {"company": {"note": "x" * 5001}}, "Notes is too long (maximum is 5000 characters)", "company", "notes", code="TOO_LONG"),
    refused("an external id ends at 64", {"company": {"externalId": "x" * 65}}, "External Id must be 64 characters or less.", "company", "externalId", code="TOO_LONG"),
    refused("an external id has few characters", {"company": {"externalId": "a b"}}, ODD, "company", "externalId", code="INVALID"),
    refused("an external id is unique", {"company": {"externalId": "acme-1"}}, "External id has already been taken.", "company", "externalId", code="TAKEN"),
    refused("a company's contact has an e-mail", {"companyContact": {"firstName": "A"}}, "Either the attribute email or customer_id must be provided", "companyContact", code="INVALID"),
    refused("a company's contact has a right e-mail", {"companyContact": {"email": "nope"}}, "Email is invalid", "companyContact", "email", code="INVALID"),
    refused("a company's location has a right phone", {"companyLocation": {"phone": "not-a-phone"}}, "Phone is invalid", "companyLocation", "phone", code="INVALID"),
    refused("the same address is there once", {"companyLocation": {"billingSameAsShipping": True, "shippingAddress": {"address1": "1 A", "countryCode": "US"}, "billingAddress": {"countryCode": "US"}}},
            "Invalid input.", "companyLocation", "billingAddress", code="INVALID_INPUT"),
    refused("the same address is there", {"companyLocation": {"billingSameAsShipping": True}}, "Invalid input.", "companyLocation", "shippingAddress", code="INVALID_INPUT"),
    Fact("a company has a location and two roles", CREATE.replace("{ id }", "{ name externalId contactsCount { count } locationsCount { count } locations(first: 5) { nodes { name locale } } contactRoles(first: 5) { nodes { name } } mainContact { id } }"),
         {"input": {"company": {"name": "Acme"}}}, data={"companyCreate": {"company": {
             "name": "Acme", "externalId": None, "contactsCount": {"count": 0}, "locationsCount": {"count": 1}, "locations": {"nodes": [{"name": "Acme", "locale": "en"}]},
             "contactRoles": {"nodes": [{"name": "Location admin"}, {"name": "Ordering only"}]}, "mainContact": None}, "userErrors": []}}),
    Fact("a company's first contact is its main contact", CREATE.replace("{ id }", "{ mainContact { title locale isMainContact customer { email firstName } } locations(first: 1) { nodes { name phone billingAddress { address1 country companyName } shippingAddress { city } } } }"),
         {"input": {"company": {"name": "Acme"}, "companyContact": {"email": "bo@acme.example", "firstName": "Bo", "title": "Buyer"},
                    "companyLocation": {"name": "Hall", "phone": "(415) 555-1234", "billingSameAsShipping": True, "shippingAddress": {"address1": "1 Road", "city": "Boston", "countryCode": "US"}}}},
         store="outlet", data={"companyCreate": {"company": {
             "mainContact": {"title": "Buyer", "locale": "en", "isMainContact": True, "customer": {"email": "bo@acme.example", "firstName": "Bo"}},
             "locations": {"nodes": [{"name": "Hall", "phone": "+14155551234", "billingAddress": {"address1": "1 Road", "country": "United States", "companyName": "Acme"}, "shippingAddress": {"city": "Boston"}}]}},
             "userErrors": []}}),
    answered("an update changes something", UPDATE, "company", {"id": "<acme>", "input": {}}, unfounded("At least one attribute to change must be present", "INVALID", "input")),
    answered("the start of a company's custom stays", UPDATE, "company", {"id": "<acme>", "input": {"customerSince": "2020-01-01T00:00:00Z"}}, unfounded("This field may only be set on creation.", "INVALID_INPUT", "input", "customerSince")),
    answered("an unknown company can't be changed", UPDATE, "company", {"id": NONE.format("Company"), "input": {"name": "A"}}, unfounded("Resource requested does not exist.", GONE, "companyId")),
    Fact("an unknown company can't be deleted", f"mutation M {{ companyDelete(id: \"{NONE.format('Company')}\") {{ deletedCompanyId {ERRORS} }} }}",
         data={"companyDelete": {"deletedCompanyId": None, "userErrors": [unfounded("Company does not exist.", GONE, "id")]}}, cost=10),
    Fact("of several companies those that exist are deleted", f"mutation M($ids: [ID!]!) {{ companiesDelete(companyIds: $ids) {{ deletedCompanyIds {ERRORS} }} }}", {"ids": ["<acme>", NONE.format("Company")]}, before=[ACME],
         data={"companiesDelete": {"deletedCompanyIds": ["<acme>"], "userErrors": [unfounded("Resource requested does not exist.", GONE, "companyIds", "1")]}}),
    contact("an empty contact", {}, "Company contact create input is empty.", code="NO_INPUT"),
    contact("a contact has an e-mail", {"firstName": "A"}, "Either the attribute email or customer_id must be provided", "input", code="INVALID"),
    contact("a contact's e-mail is right", {"email": "nope"}, "Email is invalid", "input", "email", code="INVALID"),
    contact("a contact's e-mail is its own", {"email": "buyer@acme.example"}, "Email address has already been taken.", "input", "email", code="TAKEN"),
    contact("a contact's locale is right", {"email": "a@acme.example", "locale": "not_a_locale"}, "Invalid locale format.", "input", "locale", code="INVALID"),
    contact("a contact's name has no tags", {"email": "a@acme.example", "firstName": "<b>A</b>"}, "Invalid input.", "input", code="INVALID_INPUT"),
    answered("an update of a contact changes something", CONTACT_UPDATE, "companyContact", {"id": "<buyer>", "input": {}}, unfounded("Company contact update input is empty.", "NO_INPUT"), BUYER),
    answered("a contact's new e-mail is right", CONTACT_UPDATE, "companyContact", {"id": "<buyer>", "input": {"email": "nope"}}, unfounded("Email address is invalid", "INVALID", "input", "email"), BUYER),
    answered("an unknown contact", CONTACT_UPDATE, "companyContact", {"id": NONE.format("CompanyContact"), "input": {"title": "A"}}, unfounded("The company contact doesn't exist.", GONE, "companyContactId")),
    answered("a role is given once in a location", ASSIGN, "companyContactRoleAssignment", {"contact": "<buyer>", "role": "<role>", "location": "<home>"},
             unfounded("Company contact has already been assigned a role in that company location.", "LIMIT_REACHED"), BUYER, ROLE, HOME, Before(ASSIGN, {"contact": "<buyer>", "role": "<role>", "location": "<home>"}), cost=11),
    answered("an unknown location is told before an unknown role", ASSIGN, "companyContactRoleAssignment", {"contact": "<buyer>", "role": NONE.format("CompanyContactRole"), "location": NONE.format("CompanyLocation")},
             unfounded("The company location doesn't exist.", GONE, "companyLocationId"), BUYER, cost=11),
    location("an address alone makes no location", {"shippingAddress": {"address1": "1 Road", "countryCode": "US"}}, "Company location create input is empty.", code="NO_INPUT"),
    Fact("what a contact can't lose", CONTACT_UPDATE, {"id": "<buyer>", "input": {"firstName": None, "lastName": None, "email": None, "title": None, "locale": None, "phone": None}}, before=[ACME, BUYER],
         data={"companyContactUpdate": {"companyContact": None, "userErrors": [
              unfounded("First name is of unexpected type NilClass", "UNEXPECTED_TYPE", "input", "firstName"), unfounded("Last name is of unexpected type NilClass", "UNEXPECTED_TYPE", "input", "lastName"),
              unfounded("Phone is of unexpected type NilClass", "UNEXPECTED_TYPE", "input", "phone"), unfounded("Phone is invalid", "INVALID", "input", "phone"), unfounded("Unexpected keys given: email", "INVALID", "input")]}}),
    Fact("a contact's title may have tags", CONTACT.replace("{ id }", "{ title }"), {"id": "<acme>", "input": {"email": "a@acme.example", "title": "<b>VP</b>"}}, before=[ACME],
         data={"companyContactCreate": {"companyContact": {"title": "<b>VP</b>"}, "userErrors": []}}),
    Fact("an address for both uses is first taken from shipping", "query Q($id: ID!) { companyLocation(id: $id) { shippingAddress { id } billingAddress { id } } }", {"id": "<yard>"}, before=[
        ACME, Before("mutation M($id: ID!, $input: CompanyLocationInput!) { companyLocationCreate(companyId: $id, input: $input) { companyLocation { id shippingAddress { id } } } }",
                     {"id": "<acme>", "input": {"name": "Yard", "billingSameAsShipping": True, "shippingAddress": {"address1": "1 Road", "countryCode": "US"}}}, "yard", "companyLocationCreate.companyLocation.id",
                     also={"address": "companyLocationCreate.companyLocation.shippingAddress.id"}),
        Before("mutation M($id: ID!) { companyAddressDelete(addressId: $id) { deletedAddressId } }", {"id": "<address>"})],
         data={"companyLocation": {"shippingAddress": None, "billingAddress": {"id": "<address>"}}}),
    location("an empty location", {}, "Company location create input is empty.", code="NO_INPUT"),
    location("a location's country is right", {"name": "A", "shippingAddress": {"address1": "1 A", "countryCode": "ZZ"}}, "Country code is invalid", "input", "shippingAddress", "countryCode", code="INVALID"),
    location("an address has no tags", {"name": "A", "shippingAddress": {"address1": "<b>1</b>", "countryCode": "US"}}, "Address1 is invalid", "input", "shippingAddress", "address1", code="INVALID"),
    location("a post code is right", {"name": "A", "shippingAddress": {"address1": "1 A", "countryCode": "US", "zip": "abc"}}, "Zip is invalid", "input", "shippingAddress", "zip", code="INVALID"),
    Fact("a location is called by its street", LOCATION.replace("{ id }", "{ name }"), {"id": "<acme>", "input": {"phone": "+14155550179", "shippingAddress": {"address1": "1 Road", "countryCode": "US"}}}, before=[ACME],
         data={"companyLocationCreate": {"companyLocation": {"name": "1 Road"}, "userErrors": []}}),
    answered("an unknown company location", LOCATION_UPDATE, "companyLocation", {"id": NONE.format("CompanyLocation"), "input": {"name": "A"}}, unfounded("The company location doesn't exist", GONE, "input")),
    answered("a location's name can't become blank", LOCATION_UPDATE, "companyLocation", {"id": "<home>", "input": {"name": ""}}, unfounded("Name can't be blank", "BLANK", "input", "name"), HOME),
    Fact("the last location stays", f"mutation M($id: ID!) {{ companyLocationDelete(companyLocationId: $id) {{ deletedCompanyLocationId {ERRORS} }} }}", {"id": "<home>"}, before=[ACME, HOME],
         data={"companyLocationDelete": {"deletedCompanyLocationId": None, "userErrors": [unfounded("Failed to delete the company location.", "FAILED_TO_DELETE", "companyLocationId")]}}),
    Fact("an unknown address", f"mutation M {{ companyAddressDelete(addressId: \"{NONE.format('CompanyAddress')}\") {{ deletedAddressId {ERRORS} }} }}",
         data={"companyAddressDelete": {"deletedAddressId": None, "userErrors": [unfounded("Company address was not found.", GONE, "addressId")]}}),
    Fact("a customer becomes a contact once", f"mutation M($id: ID!, $who: ID!) {{ companyAssignCustomerAsContact(companyId: $id, customerId: $who) {{ companyContact {{ id }} {ERRORS} }} }}", {"id": "<acme>", "who": "<who>"},
         before=[ACME, BUYER, Before("query Q($id: ID!) { companyContact(id: $id) { customer { id } } }", {"id": "<buyer>"}, "who", "companyContact.customer.id")],
         data={"companyAssignCustomerAsContact": {"companyContact": None, "userErrors": [unfounded("Customer is already associated with a company contact.", "INVALID_INPUT", "companyId")]}}),
    Fact("companies are found by name and external id", 'query Q { companies(first: 5, query: "name:acme external_id:acme-1") { nodes { name contacts(first: 5) { nodes { title isMainContact } } } } companiesCount { count } }',
         before=[ACME, BUYER], data={"companies": {"nodes": [{"name": "Acme", "contacts": {"nodes": [{"title": "Buyer", "isMainContact": False}]}}]}, "companiesCount": {"count": 1}}),
]  # fmt: skip

BUYING = [
    Fact("a draft order is bought by a company", f"query Q($id: ID!) {{ draftOrder(id: $id) {{ {BOUGHT} customer {{ firstName }} }} }}", {"id": "<draft>"}, before=DEALS,
         data={"draftOrder": {"purchasingEntity": {"company": {"id": "<acme>"}, "contact": {"id": "<buyer>"}, "location": {"id": "<home>"}}, "customer": {"firstName": "Bo"}}}),
    Fact("its order is bought by the company", f"query Q($id: ID!) {{ company(id: $id) {{ orders(first: 2) {{ nodes {{ {BOUGHT} }} }} }} }}", {"id": "<acme>"}, before=[*DEALS, ORDERED],
         data={"company": {"orders": {"nodes": [{"purchasingEntity": {"company": {"id": "<acme>"}, "contact": {"id": "<buyer>"}, "location": {"id": "<home>"}}}]}}}),
    kept("a company that has bought is kept", DROP, {"id": "<acme>"}, "deletedCompanyId", user_error("Failed to delete the company.", "id", code="FAILED_TO_DELETE"), ORDERED),
    kept("a company with a draft order is kept", DROP, {"id": "<acme>"}, "deletedCompanyId", user_error("Failed to delete the company.", "id", code="FAILED_TO_DELETE")),
    kept("a location with a draft order is kept", DROP_PLACE, {"id": "<home>"}, "deletedCompanyLocationId",
         user_error("Failed to delete the company location.", "companyLocationId", code="FAILED_TO_DELETE"), SECOND),
    kept("a contact with orders is kept", DROP_CONTACT, {"id": "<buyer>"}, "deletedCompanyContactId",
         user_error("Cannot delete a company contact with existing orders or draft orders.", "companyContactId", code="FAILED_TO_DELETE")),
    Fact("of several companies those that bought are kept", DROP_ALL, {"ids": ["<acme>"]}, before=DEALS,
         data={"companiesDelete": {"deletedCompanyIds": [], "userErrors": [user_error("Failed to delete the company.", "companyIds", 0, code="FAILED_TO_DELETE")]}}),
]  # fmt: skip

test_buying = each(BUYING, SALES)
test_facts = each(FACTS, ["write_companies", "write_customers"])
