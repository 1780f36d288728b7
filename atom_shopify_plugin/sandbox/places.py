"""Names of countries and provinces by code.

Countries are those of ISO 3166-1, in Shopify's words. Provinces are listed for the countries in which addresses are
mostly checked; elsewhere a province stands as it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

__all__ = ["country_code", "country_name", "has_provinces", "is_without_provinces", "province_code", "province_name"]


def _table(text: str) -> Mapping[str, str]:
    rows = (row.strip().partition(" ") for row in text.split(";"))
    return {code: name for code, _, name in rows if code}


COUNTRIES = _table("""
AC Ascension Island;AD Andorra;AE United Arab Emirates;AF Afghanistan;AG Antigua & Barbuda;AI Anguilla;AL Albania;
AM Armenia;AO Angola;AR Argentina;AT Austria;AU Australia;AW Aruba;AX Åland Islands;AZ Azerbaijan;
BA Bosnia & Herzegovina;BB Barbados;BD Bangladesh;BE Belgium;BF Burkina Faso;BG Bulgaria;BH Bahrain;BI Burundi;BJ Benin;
BL St. Barthélemy;BM Bermuda;BN Brunei;BO Bolivia;BQ Caribbean Netherlands;BR Brazil;BS Bahamas;BT Bhutan;BW Botswana;
BY Belarus;BZ Belize;CA Canada;CC Cocos (Keeling) Islands;CD Congo - Kinshasa;CF Central African Republic;
CG Congo - Brazzaville;CH Switzerland;CI Côte d’Ivoire;CK Cook Islands;CL Chile;CM Cameroon;CN China;CO Colombia;
CR Costa Rica;CV Cape Verde;CW Curaçao;CX Christmas Island;CY Cyprus;CZ Czechia;DE Germany;DJ Djibouti;DK Denmark;
DM Dominica;DO Dominican Republic;DZ Algeria;EC Ecuador;EE Estonia;EG Egypt;EH Western Sahara;ER Eritrea;ES Spain;
ET Ethiopia;FI Finland;FJ Fiji;FK Falkland Islands;FO Faroe Islands;FR France;GA Gabon;GB United Kingdom;GD Grenada;
GE Georgia;GF French Guiana;GG Guernsey;GH Ghana;GI Gibraltar;GL Greenland;GM Gambia;GN Guinea;GP Guadeloupe;
GQ Equatorial Guinea;GR Greece;GS South Georgia & South Sandwich Islands;GT Guatemala;GW Guinea-Bissau;GY Guyana;
HK Hong Kong SAR;HN Honduras;HR Croatia;HT Haiti;HU Hungary;ID Indonesia;IE Ireland;IL Israel;IM Isle of Man;IN India;
IO British Indian Ocean Territory;IQ Iraq;IS Iceland;IT Italy;JE Jersey;JM Jamaica;JO Jordan;JP Japan;KE Kenya;
KG Kyrgyzstan;KH Cambodia;KI Kiribati;KM Comoros;KN St. Kitts & Nevis;KR South Korea;KW Kuwait;KY Cayman Islands;
KZ Kazakhstan;LA Laos;LB Lebanon;LC St. Lucia;LI Liechtenstein;LK Sri Lanka;LR Liberia;LS Lesotho;LT Lithuania;
LU Luxembourg;LV Latvia;LY Libya;MA Morocco;MC Monaco;MD Moldova;ME Montenegro;MF St. Martin;MG Madagascar;
MK North Macedonia;ML Mali;MM Myanmar (Burma);MN Mongolia;MO Macao SAR;MQ Martinique;MR Mauritania;MS Montserrat;
MT Malta;MU Mauritius;MV Maldives;MW Malawi;MX Mexico;MY Malaysia;MZ Mozambique;NA Namibia;NC New Caledonia;NE Niger;
NF Norfolk Island;NG Nigeria;NI Nicaragua;NL Netherlands;NO Norway;NP Nepal;NR Nauru;NU Niue;NZ New Zealand;OM Oman;
PA Panama;PE Peru;PF French Polynesia;PG Papua New Guinea;PH Philippines;PK Pakistan;PL Poland;
PM St. Pierre & Miquelon;PN Pitcairn Islands;PS Palestinian Territories;PT Portugal;PY Paraguay;QA Qatar;RE Réunion;
RO Romania;RS Serbia;RU Russia;RW Rwanda;SA Saudi Arabia;SB Solomon Islands;SC Seychelles;SD Sudan;SE Sweden;
SG Singapore;SH St. Helena;SI Slovenia;SJ Svalbard & Jan Mayen;SK Slovakia;SL Sierra Leone;SM San Marino;SN Senegal;
SO Somalia;SR Suriname;SS South Sudan;ST São Tomé & Príncipe;SV El Salvador;SX Sint Maarten;SZ Eswatini;
TA Tristan da Cunha;TC Turks & Caicos Islands;TD Chad;TF French Southern Territories;TG Togo;TH Thailand;TJ Tajikistan;
TK Tokelau;TL Timor-Leste;TM Turkmenistan;TN Tunisia;TO Tonga;TR Türkiye;TT Trinidad & Tobago;TV Tuvalu;TW Taiwan;
TZ Tanzania;UA Ukraine;UG Uganda;UM U.S. Outlying Islands;US United States;UY Uruguay;UZ Uzbekistan;VA Vatican City;
VC St. Vincent & Grenadines;VE Venezuela;VG British Virgin Islands;VN Vietnam;VU Vanuatu;WF Wallis & Futuna;WS Samoa;
XK Kosovo;YE Yemen;YT Mayotte;ZA South Africa;ZM Zambia;ZW Zimbabwe
""")
PROVINCES: Mapping[str, Mapping[str, str]] = {
    "US": _table("""
AL Alabama;AK Alaska;AS American Samoa;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;DE Delaware;
DC Washington DC;FM Micronesia;FL Florida;GA Georgia;GU Guam;HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;
KS Kansas;KY Kentucky;LA Louisiana;ME Maine;MH Marshall Islands;MD Maryland;MA Massachusetts;MI Michigan;MN Minnesota;
MS Mississippi;MO Missouri;MT Montana;NE Nebraska;NV Nevada;NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York;
NC North Carolina;ND North Dakota;MP Northern Mariana Islands;OH Ohio;OK Oklahoma;OR Oregon;PW Palau;PA Pennsylvania;
PR Puerto Rico;RI Rhode Island;SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;
VI U.S. Virgin Islands;VA Virginia;WA Washington;WV West Virginia;WI Wisconsin;WY Wyoming;
AA Armed Forces Americas;AE Armed Forces Europe;AP Armed Forces Pacific
"""),
    "CA": _table("""
AB Alberta;BC British Columbia;MB Manitoba;NB New Brunswick;NL Newfoundland and Labrador;NT Northwest Territories;
NS Nova Scotia;NU Nunavut;ON Ontario;PE Prince Edward Island;QC Quebec;SK Saskatchewan;YT Yukon
"""),
    "AU": _table("""
ACT Australian Capital Territory;NSW New South Wales;NT Northern Territory;QLD Queensland;SA South Australia;
TAS Tasmania;VIC Victoria;WA Western Australia
"""),
}
# Countries whose addresses have provinces, too; they are not listed here.
OTHERS = frozenset({
    "AE", "AR", "BR", "CL", "CN", "CO", "EG", "ES", "GB", "GT", "HK", "ID", "IE", "IN", "IT", "JP", "KR", "KW", "MX",
    "MY", "NG", "NZ", "PA", "PE", "PH", "PT", "RO", "RU", "TH", "UY", "VE", "ZA",
})  # fmt: skip


@cache
def _codes(country: str | None) -> Mapping[str, str]:
    table = COUNTRIES if country is None else PROVINCES.get(country, {})
    return {name.casefold(): code for code, name in table.items()}


def country_name(code: str) -> str:
    """Return a country's name; a code that is not listed stands for itself."""
    return COUNTRIES.get(code, code)


def country_code(name: str) -> str | None:
    """Return the code of a country, given by its name or code in any case."""
    found = _codes(None).get(name.strip().casefold())
    return found or (name.strip().upper() if name.strip().upper() in COUNTRIES else None)


def province_name(country: str | None, code: str) -> str:
    """Return a province's name; a code that is not listed stands for itself."""
    return PROVINCES.get(country or "", {}).get(code, code)


def province_code(country: str, name: str) -> str | None:
    """Return the code of a province of a country, given by its name or code in any case."""
    found = _codes(country).get(name.strip().casefold())
    return found or (name.strip().upper() if name.strip().upper() in PROVINCES.get(country, {}) else None)


def has_provinces(country: str) -> bool:
    """Tell whether the provinces of a country are listed, so that one can be wrong."""
    return country in PROVINCES


def is_without_provinces(country: str) -> bool:
    """Tell whether addresses in a country have no province."""
    return country not in PROVINCES and country not in OTHERS
